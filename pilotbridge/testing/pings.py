"""Whoever expects the heartbeat, behind a requests session: notes what comes and answers as a test says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.response import HTTPResponse


class Pings(BaseAdapter):
    """``heard`` is when, in order; ``status`` is what is answered, 0: nobody is there."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self.heard: list[datetime] = []
        self.urls: list[str] = []
        self.status = 200

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        if not self.status:
            raise requests.ConnectionError(ConnectionRefusedError(111, "Connection refused"), request=request)
        self.heard.append(self._now())
        self.urls.append(request.url or "")
        headers = {"Location": "http://elsewhere/"} if 300 <= self.status < 400 else {}
        raw = HTTPResponse(BytesIO(b""), headers, self.status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""
