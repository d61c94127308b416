"""Who and where: the bot, people, chats with their members, and topics, as frozen values.

It shows each as the Bot API does; what may be done in a chat is decided where it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

TOPIC_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
MANAGE_TOPICS, DELETE_MESSAGES = "can_manage_topics", "can_delete_messages"
_RIGHTS = (
    "can_manage_chat",
    DELETE_MESSAGES,
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    MANAGE_TOPICS,
)
_DEFAULT_RIGHTS = frozenset({"can_manage_chat", DELETE_MESSAGES, "can_pin_messages", MANAGE_TOPICS})


class Kind(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"


class Standing(StrEnum):
    """What somebody is in a chat. In a private chat the bot is a member, or kicked when it is blocked."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"

    @property
    def is_inside(self) -> bool:
        return self not in (Standing.LEFT, Standing.KICKED)


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False

    def shown(self) -> Json:
        names = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        known = {name: value for name, value in names.items() if value}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name} | known


ANONYMOUS_ADMIN = Person(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)


@dataclass(frozen=True, slots=True)
class Bot:
    """The one bot of the sandbox. ``privacy`` hides from it what members say to each other in groups."""

    token: str = "1000000001:SANDBOX-BOT-TOKEN-IS-NOT-A-SECRET-0"
    first_name: str = "PilotBridge"
    username: str = "pilotbridge_sandbox_bot"
    can_join_groups: bool = True
    privacy: bool = True
    has_topics_enabled: bool = False
    https_webhooks_only: bool = False
    webhook_retries_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
    commands: tuple[Mapping[str, str], ...] = ()

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])

    def as_person(self) -> Person:
        return Person(self.id, self.first_name, username=self.username, is_bot=True)

    def shown(self) -> Json:
        """What getMe says."""
        return self.as_person().shown() | {
            "can_join_groups": self.can_join_groups,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": self.has_topics_enabled,
            "allows_users_to_create_topics": self.has_topics_enabled,
        }


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat. ``migrated_to`` is the supergroup that a plain group has become."""

    id: int
    kind: Kind
    title: str = ""
    is_forum: bool = False
    members: Mapping[int, Standing] = field(default_factory=dict)
    rights: frozenset[str] = _DEFAULT_RIGHTS
    migrated_to: int = 0

    def standing_of(self, person_id: int) -> Standing:
        return self.members.get(person_id, Standing.LEFT)

    def shown(self, person: Person | None = None) -> Json:
        """As messages name it; a private chat is named as its ``person``."""
        if person is not None:
            names = {"first_name": person.first_name, "last_name": person.last_name}
            names["username"] = person.username
            return {"id": self.id, "type": "private"} | {key: value for key, value in names.items() if value}
        forum = {"is_forum": True} if self.is_forum else {}
        return {"id": self.id, "type": self.kind.value, "title": self.title} | forum

    def lets_bot(self, right: str, bot_id: int) -> bool:
        """Whether the bot is an administrator with ``right``."""
        return self.standing_of(bot_id) is Standing.ADMINISTRATOR and right in self.rights

    def member_shown(self, person: Person) -> Json:
        """A ChatMember object of ``person``."""
        standing = self.standing_of(person.id)
        shown: Json = {"status": standing.value, "user": person.shown()}
        match standing:
            case Standing.ADMINISTRATOR:
                granted = {right: right in self.rights for right in _RIGHTS}
                return shown | {"can_be_edited": False, "is_anonymous": False} | granted
            case Standing.CREATOR:
                return shown | {"is_anonymous": False}
            case Standing.KICKED:
                return shown | {"until_date": 0}
            case _:
                return shown


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; its id is that of the message which tells of its making."""

    chat_id: int
    thread_id: int
    name: str
    icon_color: int = TOPIC_COLORS[0]
    icon_custom_emoji_id: str = ""
    is_closed: bool = False
    is_deleted: bool = False

    def shown(self) -> Json:
        """As createForumTopic answers it, and its first message tells it."""
        icon = {"icon_custom_emoji_id": self.icon_custom_emoji_id} if self.icon_custom_emoji_id else {}
        return {"name": self.name, "icon_color": self.icon_color} | icon
