"""What Telegram says of the bot and of each room, and what has to be mended before people can talk there.

Asking is thin, judging is pure; every fault is a sentence that ends with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from pilotbridge import RoomFacts, RoomId
from pilotbridge_plugins.telegram.limits import is_group
from pilotbridge_plugins.telegram.posting import EMOJI
from pilotbridge_plugins.telegram.refusals import Reader
from pilotbridge_plugins.telegram.wire import raw

ACCOUNT = ""
"""The name under which the facts of the bot itself stand."""
_SUPERGROUP = "-100"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a bot. ``polls``: updates are fetched, so nobody may have a webhook."""

    bot: Bot
    reader: Reader
    polls: bool

    async def at(self, rooms: Mapping[str, RoomId]) -> dict[str, RoomFacts]:
        """Facts by our names.

        :raises PilotBridgeError: when Telegram cannot be asked at all.
        """
        try:
            me = await raw(self.bot, "getMe")
            hook = await raw(self.bot, "getWebhookInfo")
        except TelegramError as error:
            raise self.reader.meaning(error, may_repeat=True) from error
        facts = {ACCOUNT: judge_account(me, hook, polls=self.polls)}
        for name, room in rooms.items():
            facts[name] = await self._at_room(room, me)
        return facts

    async def _at_room(self, room: RoomId, me: Json) -> RoomFacts:
        try:
            chat = await raw(self.bot, "getChat", chat_id=room)
            member = await raw(self.bot, "getChatMember", chat_id=room, user_id=me["id"])
        except ChatMigrated as error:
            fault = f'the group has become a supergroup: write id: "{error.new_chat_id}"'
            return RoomFacts(room, faults=(fault,))
        except (BadRequest, Forbidden) as error:
            return RoomFacts(room, faults=(_why_unknown(room, error),))
        except TelegramError as error:
            reason = self.reader.meaning(error, may_repeat=True).reason
            return RoomFacts(room, faults=(f"it could not be asked: {reason}; try again",))
        return judge_room(room, me, chat, member)


def judge_account(me: Json, hook: Json, *, polls: bool) -> RoomFacts:
    """The bot itself: its name, and whether somebody else has its updates brought elsewhere."""
    faults, url = [], str(hook.get("url") or "")
    if polls and url:
        faults.append(
            f"updates are brought to {urlsplit(url).hostname}: the bridge ends that at its start; if another "
            "program needs them, give the bridge a bot of its own"
        )
    if not polls and hook.get("last_error_message"):
        faults.append(
            f"Telegram does not get through to the webhook: {hook['last_error_message']}; "
            "look at web.external_url and what stands before it"
        )
    return RoomFacts(RoomId(ACCOUNT), title=f"@{me.get('username', '?')}", faults=tuple(faults))


def judge_room(room: RoomId, me: Json, chat: Json, member: Json) -> RoomFacts:
    """One room, as the bot sees it."""
    kind, is_forum = chat.get("type"), bool(chat.get("is_forum"))
    if kind == "private":
        name = f"{chat.get('first_name', '')} {chat.get('last_name', '')}".strip()
        return RoomFacts(room, name, has_threads=bool(me.get("has_topics_enabled")))
    faults = _of_channel() if kind == "channel" else _of_standing(me, member, is_forum=is_forum)
    return RoomFacts(
        room,
        str(chat.get("title", "")),
        has_threads=is_forum and not faults,
        faults=tuple(faults),
        hints=tuple(_hints(chat, is_forum=is_forum) if kind != "channel" else ()),
    )


def _of_channel() -> list[str]:
    return ["this is a channel, where nobody can answer: take a group"]


def _of_standing(me: Json, member: Json, *, is_forum: bool) -> list[str]:
    status = member.get("status")
    if status in ("left", "kicked"):
        return ["the bot is not in the group: add it"]
    if status == "restricted" and not member.get("can_send_messages"):
        return ["the bot may not write there: lift its restrictions"]
    if status not in ("administrator", "creator"):
        return _of_member(me, is_forum=is_forum)
    if is_forum and status == "administrator" and not member.get("can_manage_topics"):
        return ["the bot may not make topics: give its administrator's rights «Manage topics»"]
    return []


def _of_member(me: Json, *, is_forum: bool) -> list[str]:
    if is_forum:
        return ["the bot is no administrator: make it one with the right «Manage topics»"]
    if not me.get("can_read_all_group_messages"):
        return [
            "the bot hears only commands and replies there: make it an administrator, or switch its privacy "
            "off (@BotFather, /setprivacy) and add it to the group again"
        ]
    return []


def _hints(chat: Json, *, is_forum: bool) -> list[str]:
    hints = []
    if not is_forum:
        hints.append(
            "the group has no topics, so all phones talk in one place and an answer must be a reply: "
            "switch topics on in the group's settings (its id may change)"
        )
    allowed = chat.get("available_reactions")
    if isinstance(allowed, list):
        known = {one.get("emoji") for one in allowed if isinstance(one, dict)}
        missing = [emoji for emoji in EMOJI.values() if emoji not in known]
        if missing:
            hints.append(f"how a text fares cannot be shown: allow the reactions {' '.join(missing)} there")
    return hints


def _why_unknown(room: RoomId, error: TelegramError) -> str:
    if isinstance(error, Forbidden):
        return "the bot is not in the room: add it" if is_group(room) else "this person has blocked the bot"
    if not is_group(room):
        return (
            "Telegram knows no such person who has started the bot: they open it and press Start; "
            "if it is a group, its id begins with a minus"
        )
    if not room.startswith(_SUPERGROUP):
        return (
            f"Telegram knows no such group: the id of a supergroup begins with -100, so it may be "
            f'"{_SUPERGROUP}{room.removeprefix("-")}"; or the bot is not in it'
        )
    return "Telegram knows no such group, or the bot has never been in it: compare the id, and add the bot"
