"""The demo's story, on real sockets: an alert, an SMS, its delivery, an answer from the phone, the end.

It looks at the bridge and the sandbox from outside, as a sender and a phone would.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from pilotbridge.clock import SystemClock

PHONE = "79087964781"
PATIENCE_S = 20.0
_LOOK_EVERY_S = 0.1


class StoryBroke(Exception):
    """A chapter did not come true in time."""


@dataclass(slots=True)
class Story:
    """``tell`` hears each chapter with the seconds since the beginning."""

    bridge_url: str
    sandbox_url: str
    token: str
    tell: Callable[[float, str], None]
    _began: float = field(default_factory=time.monotonic)

    def play(self) -> None:
        """:raises StoryBroke: with the chapter that did not come true."""
        self._began = time.monotonic()
        starts = SystemClock().utc_now().isoformat().replace("+00:00", "Z")
        self._post_alert("firing", starts)
        self._say("an alert fires: DiskFull on db01; the bridge answered 202: it is on disk")
        first = self._next_text("the SMS", told=0)
        self._say(f"SMS to Anna: {first}")
        self._await("delivery", lambda: self._message(0)["state"] == "delivered")
        self._say("the gateway called back, was asked, and confirmed: delivered")
        ref = first.rpartition("#")[2].split()[0].partition(".")[0]
        self._order(f"phones/{PHONE}/sms", {"text": ref})
        self._say(f"Anna texts to the service number: 1234 {ref}")
        answer = self._next_text("the answer", told=1)
        self._say(f"SMS to Anna: {answer}")
        self._await("the acknowledgement", lambda: self._incident()["acknowledged_by"] == "anna")
        self._post_alert("resolved", starts)
        self._say("the alert is over")
        last = self._next_text("the resolved notice", told=2)
        self._say(f"SMS to Anna: {last}")
        self._await("the end", lambda: self._incident()["closed_at"] is not None)
        self._say(f"incident #{ref} is closed; at a bridge of yours `trace {ref}` tells every step")

    # -- chapters --------------------------------------------------------------------------------

    def _say(self, what: str) -> None:
        self.tell(time.monotonic() - self._began, what)

    def _next_text(self, what: str, *, told: int) -> str:
        """The text on the phone after ``told`` earlier ones."""
        texts: list[str] = []

        def arrived() -> bool:
            texts[:] = self._texts()
            return len(texts) > told

        self._await(what, arrived)
        return texts[told]

    def _texts(self) -> list[str]:
        received = self._get(self.sandbox_url, f"/sandbox/phones/{PHONE}")["received"]
        return [sms["text"] for sms in reversed(received)]

    def _message(self, index: int) -> Any:
        return list(reversed(self._get(self.bridge_url, "/api/v1/messages")))[index]

    def _incident(self) -> Any:
        return self._get(self.bridge_url, "/api/v1/incidents")[0]

    def _await(self, what: str, is_true: Callable[[], bool]) -> None:
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at:
            if is_true():
                return
            time.sleep(_LOOK_EVERY_S)
        raise StoryBroke(f"{what} did not come within {PATIENCE_S:.0f} s")

    # -- the outside -----------------------------------------------------------------------------

    def _post_alert(self, status: str, starts: str) -> None:
        ends = SystemClock().utc_now().isoformat() if status == "resolved" else "0001-01-01T00:00:00Z"
        labels = {"alertname": "DiskFull", "instance": "db01", "severity": "critical"}
        alert = {
            "status": status,
            "labels": labels,
            "annotations": {"value": "95%"},
            "startsAt": starts,
            "endsAt": ends,
            "generatorURL": "",
        }
        body = {
            "version": "4",
            "groupKey": '{}:{alertname="DiskFull"}',
            "truncatedAlerts": 0,
            "status": status,
            "receiver": "demo",
            "groupLabels": {"alertname": "DiskFull"},
            "commonLabels": labels,
            "commonAnnotations": {},
            "externalURL": "http://demo",
            "alerts": [alert],
        }
        self._call(self.bridge_url, "/in/alertmanager", body)

    def _order(self, path: str, order: dict[str, Any]) -> None:
        self._call(self.sandbox_url, f"/sandbox/{path}", order)

    def _get(self, base: str, path: str) -> Any:
        return self._call(base, path, None)

    def _call(self, base: str, path: str, body: Any) -> Any:
        written = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            with urlopen(Request(base + path, written, headers), timeout=PATIENCE_S) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            raise StoryBroke(
                f"{path} answered {error.code}: {error.read().decode('utf-8', 'replace')}"
            ) from error
        except URLError as error:
            raise StoryBroke(f"{path} did not answer: {error.reason}") from error
