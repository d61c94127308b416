"""One bot and the people around it, on a sandbox without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pilotbridge.sandbox.http import Fault, Request, Response, Waiting
from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge.sandbox.telegram.state import FIRST_PERSON, FIRST_SUPERGROUP

TOKEN = Bot().token
FORUM = FIRST_SUPERGROUP
ANNA = FIRST_PERSON


class Messenger:
    """The bot's calls and the people's acts; each answer read."""

    def __init__(self, box: Any) -> None:
        self.box = box

    def request(self, method: str, body: bytes = b"", **headers: str) -> Request:
        return Request("POST", f"/bot{TOKEN}/{method}", "", headers, body)

    def begin(self, method: str, **params: Any) -> Response | Fault | Waiting:
        body = json.dumps(params).encode()
        request = self.request(method, body, **{"content-type": "application/json"})
        return self.box.sandbox.begin(request, self.box.now)

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a call that must be granted."""
        told = self.answer(method, **params)
        assert told["ok"], told
        return told["result"]

    def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        told = self.answer(method, **params)
        assert not told["ok"], told
        return told["error_code"], told["description"]

    def answer(self, method: str, **params: Any) -> dict[str, Any]:
        answer = self.begin(method, **params)
        assert isinstance(answer, Response), answer
        told = json.loads(answer.body)
        assert answer.status == (200 if told["ok"] else told["error_code"])
        return told

    def send(self, text: str = "hi", chat_id: int = FORUM, **params: Any) -> Any:
        return self.ask("sendMessage", chat_id=chat_id, text=text, **params)

    def order(self, path: str, **fields: Any) -> Any:
        return self.box.order(f"telegram/{path}", **fields)

    def write(self, text: str = "hello", chat_id: int = FORUM, **fields: Any) -> Any:
        return self.order(f"chats/{chat_id}/write", text=text, **fields)

    def look(self, path: str, query: str = "") -> Any:
        return self.box.look(f"telegram/{path}", query)

    def texts(self, chat_id: int = FORUM, query: str = "") -> list[str]:
        return [one.get("text", "") for one in reversed(self.look(f"chats/{chat_id}/messages", query))]

    def updates(self, **params: Any) -> list[dict[str, Any]]:
        return self.ask("getUpdates", **params)

    def topic(self, name: str = "+7908", chat_id: int = FORUM) -> int:
        return self.ask("createForumTopic", chat_id=chat_id, name=name)["message_thread_id"]


@pytest.fixture
def messenger(box) -> Messenger:
    return Messenger(box)
