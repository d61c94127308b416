"""A thread's own line to the gateway: a requests session whose adapter never repeats anything.

It bounds how long an answer may drip; it does not judge what a failure means. It is loaded with the first
request or once alerts are taken, for requests is a tenth of the start.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util import Retry

from pilotbridge.smspilot.line import Deadline

ANNOUNCED_MAX = 16
WIRE_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""Whatever can be wrong between here and there."""


def open_session(adapter: BaseAdapter, user_agent: str) -> requests.Session:
    """Return a session that takes nothing from the environment. Its adapter is used past its cookies."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class OnceAdapter(HTTPAdapter):
    """Sends each request at most once, trusts ``context`` and no other, and keeps to ``deadline``."""

    def __init__(self, context: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._context = context
        self._deadline = deadline
        self._pools: dict[tuple[Any, ...], Any] = {}
        # `read=False` re-raises a failed read as it is, `0` ends every other kind after the first try.
        super().__init__(max_retries=Retry(0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy.lower().startswith("https:"):
            kwargs["proxy_ssl_context"] = self._context
        return super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)

    def cert_verify(self, conn: Any, _url: str, _verify: object, _cert: object) -> None:
        """Check against the context alone; requests would add its own bundle of authorities."""
        conn.cert_reqs = "CERT_REQUIRED"

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> Any:
        """The pool for ``request``, found once: to find it takes as long as to send."""
        way = (request.url, *sorted((proxies or {}).items()))
        pool: Any = self._pools.get(way)
        if pool is None:
            self._pools[way] = pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            pool.ConnectionCls = self._bounded(type(pool).ConnectionCls)
        return pool

    def close(self) -> None:
        self._pools.clear()
        super().close()

    def _bounded(self, make_connection: Callable[..., Any]) -> Callable[..., Any]:
        def make_bounded(*args: Any, **kwargs: Any) -> Any:
            connection = make_connection(*args, **kwargs)
            connection.response_class = self._open_response
            return connection

        return make_bounded

    def _open_response(self, sock: socket.socket, *args: Any, **kwargs: Any) -> HTTPResponse:
        return _FinalResponse(_BoundedSocket(sock, self._deadline), *args, **kwargs)  # type: ignore[arg-type]


class _FinalResponse(HTTPResponse):
    """The answer itself: heads that only announce it (102, 103 and the like; RFC 9110, 15.2) are read past.

    The standard library does so for 100 alone. After a 101 the connection speaks something else.
    """

    def begin(self) -> None:
        super().begin()
        for _ in range(ANNOUNCED_MAX):
            if not 100 < self.status < 200 or self.status == HTTPStatus.SWITCHING_PROTOCOLS:
                return
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        raise HTTPException(f"more than {ANNOUNCED_MAX} heads before the answer")


class _BoundedSocket:
    """The one thing a response wants of its socket: a file, here one that keeps to the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._sock, self._deadline))


class _BoundedReader(io.RawIOBase):
    """Reads as the socket does, but waits no longer for any byte than the deadline allows for all."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._silence_s = sock.gettimeout()
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left_s = self._deadline.left_s()
        self._sock.settimeout(left_s if self._silence_s is None else min(self._silence_s, left_s))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
