"""The world outside of the demo's bridge: a sender, phones and a chat, each reached over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from pilotbridge.clock import SystemClock
from pilotbridge.sandbox.telegram.state import FIRST_SUPERGROUP as DUTY_ROOM

PATIENCE_S = 20.0


class StoryBroke(Exception):
    """A chapter did not come true."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where everything is. Each call raises :class:`StoryBroke` when nobody answers, or with a no."""

    bridge_url: str
    sandbox_url: str
    token: str

    # -- the bridge ------------------------------------------------------------------------------

    def messages(self) -> list[Any]:
        """Every SMS, oldest first."""
        told = self._call(self.bridge_url, "/api/v1/messages")
        return [message for message in reversed(told) if message.get("way", "sms") == "sms"]

    def incident(self) -> Any:
        """The newest one."""
        return self._call(self.bridge_url, "/api/v1/incidents")[0]

    def alert(self, status: str, starts: str) -> None:
        """What an Alertmanager posts when DiskFull fires or resolves."""
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

    # -- phones ----------------------------------------------------------------------------------

    def texts(self, phone: str) -> list[str]:
        """What a phone has received, oldest first."""
        received = self._call(self.sandbox_url, f"/sandbox/phones/{phone}")["received"]
        return [sms["text"] for sms in reversed(received)]

    def text_from(self, phone: str, text: str) -> None:
        """A phone texts to the service number."""
        self._call(self.sandbox_url, f"/sandbox/phones/{phone}/sms", {"text": text})

    # -- the chat --------------------------------------------------------------------------------

    def posts(self, containing: str) -> list[Any]:
        """Messages in the duty room with these words in them, oldest first."""
        path = f"/sandbox/telegram/chats/{DUTY_ROOM}/messages?text={quote(containing)}"
        return list(reversed(self._call(self.sandbox_url, path)))

    def topic(self, thread: int) -> str:
        """What a topic of the duty room is called."""
        topics = self._call(self.sandbox_url, f"/sandbox/telegram/chats/{DUTY_ROOM}/topics")
        return next((str(t["name"]) for t in topics if t["message_thread_id"] == thread), "")

    def write(self, text: str, thread: int) -> int:
        """Anna writes in a topic; returns the message's number."""
        path = f"/sandbox/telegram/chats/{DUTY_ROOM}/write"
        return int(self._call(self.sandbox_url, path, {"text": text, "thread": thread})["message_id"])

    # -- HTTP ------------------------------------------------------------------------------------

    def _call(self, base: str, path: str, body: Any = None) -> Any:
        written = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            with urlopen(Request(base + path, written, headers), timeout=PATIENCE_S) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            told = error.read().decode("utf-8", "replace")
            raise StoryBroke(f"{path} answered {error.code}: {told}") from error
        except URLError as error:
            raise StoryBroke(f"{path} did not answer: {error.reason}") from error
