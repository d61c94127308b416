"""The door ``/hooks/<chat>/<secret>``: what a chat brings by itself, handed to its connector.

It owns the addresses that chats are given and who may call them; the connector answers after the commit. The
path is a secret and never reaches a log.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping

from pilotbridge.chat import ChatConnector, WebhookAnswer
from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.web.asgi import TEXT, Answer, Declined, Head, Receive, Scope, Send, error, try_later
from pilotbridge.web.bodies import Bodies, Gone, check_form, check_length
from pilotbridge.web.callback import hook_secret

PREFIX = "/hooks/"
BODY_BYTES = 1024 * 1024
"""One update; the largest that Telegram was seen to send is a few kilobytes."""
ANSWERS_WITHIN_S = 10.0

_log = get_logger(__name__)


def hook_path(chat: str, install: str) -> str:
    """Where ``chat`` reaches its connector. ``install`` is the secret; the address does not show it."""
    return f"{PREFIX}{chat}/{hook_secret(install, chat)}"


class HooksDoor:
    """Lets in what carries the secret of its chat, whole and small enough."""

    def __init__(
        self, *, chats: Callable[[], Mapping[str, ChatConnector]], installs: Callable[[], tuple[str, ...]]
    ) -> None:
        self._chats = chats
        self._installs = installs
        self._bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except Gone:
            return
        except Declined as declined:
            answer = declined.answer()
        await answer.give(send, is_head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        connector = self._connector(scope["path"])
        if scope["method"] != "POST":
            return error(405, "method", "call this by POST", headers=((b"allow", b"POST"),))
        head = Head(scope["headers"])
        check_length(head, BODY_BYTES)
        check_form(head)
        body = await self._bodies.read(receive, BODY_BYTES)
        try:
            answered = await self._hand_over(connector, head, body)
        finally:
            self._bodies.release(len(body))
        return Answer(answered.status, answered.body, TEXT)

    def _connector(self, path: str) -> ChatConnector:
        """:raises Declined: 404, whatever part of the address is wrong."""
        chat, _, secret = path.removeprefix(PREFIX).partition("/")
        given = secret.encode("utf-8", "surrogateescape")
        known = [hook_secret(install, chat).encode() for install in self._installs()]
        fits = [hmac.compare_digest(each, given) for each in known]
        connector = self._chats().get(chat)
        if connector is None or not any(fits):
            raise Declined(404, "not-found", "there is nothing at this address", is_known=False)
        return connector

    @staticmethod
    async def _hand_over(connector: ChatConnector, head: Head, body: bytes) -> WebhookAnswer:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.fields.items()}
        try:
            promise = asyncio.wrap_future(connector.webhook(headers, body))
            return await asyncio.wait_for(promise, ANSWERS_WITHIN_S)
        except (TryLater, Closed) as failure:
            raise try_later(f"nothing was kept: {failure.reason}") from failure
        except TimeoutError as failure:
            raise try_later("nothing was kept in time") from failure
        except Exception as failure:  # a web request: a chat's plugin that fails hears the update once more
            _log.exception("a chat failed on an update that was brought", chat=connector.name)
            raise try_later("the chat's plugin failed on it; the log says why") from failure
