"""Phones on one side, the duty room on the other, and the whole bridge in between."""

from __future__ import annotations

from typing import Any

from pilotbridge.testing.world import CONFIGURATION
from tests.plugins.telegram.conftest import FORUM, TOKEN

CONFIGURED = CONFIGURATION.replace(
    'relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234" }} ] }}',
    f"""
chats:
  telegram:
    token: "{TOKEN}"
    api_url: http://sandbox
    rooms: {{{{ ops-room: {{{{ id: "{FORUM}" }}}} }}}}
relay: {{{{ lines: [ {{{{ name: ops, number: "79021121075", prefix: "1234", room: ops-room }}}} ] }}}}
""",
).replace("role: admin }}", "role: admin, telegram: 1001 }}")
STRANGER = "+79131437355"
TITLE = "+7913***7355"


class Both:
    """Phones on one side, the duty room on the other; Anna (1001) is an admin of both."""

    def __init__(self, world: Any) -> None:
        self.world = world

    def sms(self, text: str, who: str = STRANGER) -> None:
        self.world.sms_from(who, text)

    def poll(self) -> None:
        self.world.run_for(seconds=20)

    def order(self, path: str, **fields: Any) -> Any:
        """Tell a person in Telegram, or Telegram itself, to do something."""
        return self.world.order(f"telegram/{path}", **fields)

    def look(self, path: str) -> Any:
        return self.world.look(f"telegram/{path}")

    def titles(self) -> list[str]:
        """Of every topic there is, the newest first."""
        return [t["name"] for t in self.look(f"chats/{FORUM}/topics?limit=1000") if not t["deleted"]]

    def has_thread(self, title: str) -> bool:
        """Whether there is a topic of that title to write in."""
        topics = self.look(f"chats/{FORUM}/topics?limit=1000")
        return next((not t["deleted"] for t in topics if t["name"] == title), False)

    def thread(self, title: str = TITLE) -> int:
        """The thread of that title that was made last."""
        found = [t for t in self.look(f"chats/{FORUM}/topics") if t["name"] == title]
        assert found, title
        return int(found[0]["message_thread_id"])

    def texts(self, title: str = TITLE) -> list[str]:
        shown = self.look(f"chats/{FORUM}/messages?thread={self.thread(title)}&limit=1000")
        return [one["text"] for one in reversed(shown) if "text" in one]

    def write(self, text: str, title: str = TITLE, **more: Any) -> int:
        told = self.order(f"chats/{FORUM}/write", text=text, thread=self.thread(title), **more)
        self.world.settle()
        return int(told["message_id"])

    def tick(self, message: int) -> str:
        (shown,) = [
            one for one in self.look(f"chats/{FORUM}/messages?limit=1000") if one["message_id"] == message
        ]
        return "".join(one["emoji"] for one in shown["reactions"])

    def exceeded(self) -> dict[str, int]:
        return {one["name"]: one["exceeded"] for one in self.look("limits")}
