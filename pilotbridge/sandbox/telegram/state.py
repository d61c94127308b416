"""Everything the sandbox knows of Telegram: bot, people, chats, topics, messages, presses, updates.

It keeps and finds. Each change is told to ``record`` as one thing, so that a file can bring it back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from pilotbridge.sandbox.telegram.chats import Bot, Chat, Kind, Person, Standing, Topic
from pilotbridge.sandbox.telegram.faults import ArmedBotFault, BotFaultRule
from pilotbridge.sandbox.telegram.journal import BotJournal
from pilotbridge.sandbox.telegram.limits import Limits
from pilotbridge.sandbox.telegram.posts import Post, Press
from pilotbridge.sandbox.telegram.updates import Intake, Mailbox, Update

Record = Callable[[str, Any], None]

FIRST_PERSON = 1001
FIRST_GROUP = -2001
FIRST_SUPERGROUP = -1001000000001


def _no_record(_noun: str, _value: Any) -> None:
    """Nothing is kept beyond this process."""


@dataclass(slots=True)
class Telegram:
    """The state. Out of the box: one person with a private chat, one forum with the bot as administrator."""

    record: Record = _no_record
    bot: Bot = field(default_factory=Bot)
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    topics: dict[tuple[int, int], Topic] = field(default_factory=dict)
    posts: dict[int, dict[int, Post]] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    faults: list[ArmedBotFault] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)
    journal: BotJournal = field(default_factory=BotJournal)
    next_fault: int = 1
    mailbox: Mailbox = field(init=False)

    def __post_init__(self) -> None:
        self.mailbox = Mailbox(lambda noun, value: self.record(noun, value))
        anna = Person(FIRST_PERSON, "Anna")
        inside = {anna.id: Standing.CREATOR, self.bot.id: Standing.ADMINISTRATOR}
        self.people[anna.id] = anna
        self.chats[anna.id] = Chat(anna.id, Kind.PRIVATE, members={self.bot.id: Standing.MEMBER})
        self.chats[FIRST_SUPERGROUP] = Chat(
            FIRST_SUPERGROUP, Kind.SUPERGROUP, "Duty room", is_forum=True, members=inside
        )

    # -- keeping ---------------------------------------------------------------------------------

    def set_bot(self, bot: Bot) -> None:
        """Change the bot; one with another id takes the place of the old one in every chat."""
        before, self.bot = self.bot.id, bot
        self.record("bot", bot)
        if bot.id != before:
            for chat in self.chats.values():
                members = {
                    bot.id if one == before else one: standing for one, standing in chat.members.items()
                }
                self.set_chat(replace(chat, members=members))

    def set_person(self, person: Person) -> None:
        self.people[person.id] = person
        self.record("person", person)

    def set_chat(self, chat: Chat) -> None:
        self.chats[chat.id] = chat
        self.record("chat", chat)

    def set_topic(self, topic: Topic) -> None:
        self.topics[topic.chat_id, topic.thread_id] = topic
        self.record("topic", topic)

    def set_post(self, post: Post) -> Post:
        self.posts.setdefault(post.chat_id, {})[post.message_id] = post
        self.record("post", post)
        return post

    def set_press(self, press: Press) -> None:
        self.presses[press.id] = press
        self.record("press", press)

    def add_fault(self, rule: BotFaultRule) -> ArmedBotFault:
        fault = ArmedBotFault(self.next_fault, rule)
        self.next_fault += 1
        self.faults.append(fault)
        return fault

    def drop_spent_faults(self, at_ms: int) -> None:
        self.faults = [fault for fault in self.faults if not fault.is_over(at_ms)]

    def restore(self, noun: str, value: Any) -> None:
        """Bring back one thing that a file kept.

        :raises ValueError: when there is no such thing.
        """
        match noun:
            case "bot":
                self.set_bot(msgspec.convert(value, Bot))
            case "person":
                self.set_person(msgspec.convert(value, Person))
            case "chat":
                self.set_chat(msgspec.convert(value, Chat, strict=False))
            case "topic":
                self.set_topic(msgspec.convert(value, Topic))
            case "post":
                self.set_post(msgspec.convert(value, Post, strict=False))
            case "press":
                self.set_press(msgspec.convert(value, Press))
            case "update":
                self.mailbox.keep(msgspec.convert(value, Update))
            case "confirmed":
                self.mailbox.confirm(msgspec.convert(value, int))
            case "intake":
                self.mailbox.intake = msgspec.convert(value, Intake)
            case _:
                raise ValueError(f"Telegram has no {noun!r}")

    # -- finding ---------------------------------------------------------------------------------

    def person(self, person_id: int) -> Person | None:
        return self.bot.as_person() if person_id == self.bot.id else self.people.get(person_id)

    def has_topics(self, chat: Chat) -> bool:
        return chat.is_forum or (chat.kind is Kind.PRIVATE and self.bot.has_topics_enabled)

    def topic(self, chat_id: int, thread_id: int) -> Topic | None:
        """The topic, unless it was deleted."""
        found = self.topics.get((chat_id, thread_id))
        return None if found is None or found.is_deleted else found

    def post(self, chat_id: int, message_id: int) -> Post | None:
        """The message, unless it is gone."""
        found = self.posts.get(chat_id, {}).get(message_id)
        return None if found is None or found.is_gone else found

    def next_message_id(self, chat_id: int) -> int:
        """Of a supergroup message 1 told of its making: as a thread that id is the General topic's."""
        known = self.posts.get(chat_id)
        if known:
            return next(reversed(known)) + 1
        return 2 if self.chats[chat_id].kind is Kind.SUPERGROUP else 1

    def next_chat_id(self, kind: Kind) -> int:
        """An id as Telegram forms it: -100 before a supergroup's, a minus before a group's."""
        first = FIRST_SUPERGROUP if kind is Kind.SUPERGROUP else FIRST_GROUP
        return min((chat.id for chat in self.chats.values() if chat.kind is kind), default=first + 1) - 1

    # -- doing -----------------------------------------------------------------------------------

    def open_topic(self, topic_name: str, post: Post, **icon: Any) -> Topic:
        """Make a topic and the message that tells of it; ``post`` says where, who and when."""
        topic = Topic(post.chat_id, post.message_id, topic_name, **icon)
        told = {"forum_topic_created": topic.shown()}
        self.set_topic(topic)
        self.set_post(replace(post, content=told, thread_id=topic.thread_id))
        return topic

    def delete_topic(self, topic: Topic) -> None:
        """Delete a topic with all its messages."""
        self.set_topic(replace(topic, is_deleted=True))
        for post in list(self.posts.get(topic.chat_id, {}).values()):
            if post.thread_id == topic.thread_id and not post.is_gone:
                self.set_post(replace(post, is_gone=True, content={}))
