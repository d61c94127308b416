"""Receivers of an Alertmanager as ours: who was paged is a contact, a chat of Telegram is a room.

Whom a receiver reached is not in the file, so people are blanks to be filled in. A receiver of which nothing
can be carried gets one too: an alert must not go to nobody because it was imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from pilotbridge.config.alertmanager.integrations import (
    HEARTBEAT_WORDS,
    INTEGRATIONS,
    SMS_WORDS,
    Carried,
    Integration,
)
from pilotbridge.config.alertmanager.notes import Notes, place
from pilotbridge.config.diagnostics import Path
from pilotbridge.config.document import Document

_NO_NAME = re.compile(r"[^\w.-]+")
_TRUE = ("true", "yes", "on", "y")
_TEMPLATE = "{{"
_TELEGRAM = "https://api.telegram.org"

Found = tuple[Path, Integration, Mapping[str, Any]]
"""An integration of a receiver: where it stands, what it is, and its keys."""


@dataclass(slots=True)
class Person:
    """A contact to be: ``was`` says where it comes from. Without phone and ``telegram`` it is a blank."""

    name: str
    was: str
    phone: str = ""
    telegram: str = ""


@dataclass(slots=True)
class Chat:
    """An account in Telegram: where its token is to be, and its rooms by name."""

    name: str
    token_file: str
    api_url: str = ""
    rooms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver to be; without ``notify`` it tells nobody, as the one it was."""

    name: str
    was: str
    notify: tuple[str, ...]
    send_resolved: bool


@dataclass(slots=True)
class People:
    """Receivers by their old names, and everybody they reach."""

    receivers: dict[str, Receiver] = field(default_factory=dict)
    contacts: dict[str, Person] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)


def read_receivers(document: Document, notes: Notes, folder: FilePath) -> People:
    """Every receiver of the file; ``folder`` is where its relative file names begin."""
    reader = _Reader(document, notes, folder, People())
    for index, written in enumerate(document.get(("receivers",)) or ()):
        if isinstance(written, dict):
            reader.receiver(("receivers", index), written)
    return reader.people


def as_name(text: str) -> str:
    """``text`` as a name of ours: other characters than letters, digits, ``_ . -`` become dashes."""
    return _NO_NAME.sub("-", text).strip("-.") or "receiver"


def is_true(written: Any) -> bool:
    """As YAML 1.1 reads it, which Alertmanager does."""
    return str(written).lower() in _TRUE


@dataclass(slots=True)
class _Reader:
    document: Document
    notes: Notes
    folder: FilePath
    people: People

    def receiver(self, path: Path, written: Mapping[str, Any]) -> None:
        old = str(written.get("name") or "")
        name = self._free_name(old)
        if name != old:
            self.notes.changed((*path, "name"), f"is called {name} here")
        found = list(self._integrations(path, written))
        notify, ends = self._notified(name, path, found)
        self.people.receivers[old] = Receiver(name, place(self.document, path), notify, ends)

    def _free_name(self, old: str) -> str:
        name = as_name(old)
        taken = {receiver.name for receiver in self.people.receivers.values()}
        return next(each for each in _numbered(name) if each not in taken)

    def _integrations(self, path: Path, written: Mapping[str, Any]) -> Iterator[Found]:
        for key, listed in written.items():
            integration = INTEGRATIONS.get(key)
            if key == "name":
                continue
            if integration is None:
                self.notes.left_out((*path, key), "this way is not known here")
                continue
            for index, options in enumerate(listed or ()):
                yield (*path, key, index), integration, options if isinstance(options, dict) else {}

    def _notified(self, name: str, path: Path, found: list[Found]) -> tuple[tuple[str, ...], bool]:
        """Who is told instead, and whether of the end as well."""
        notify: dict[str, bool] = {}
        mail = [each for each in found if each[1].how is Carried.BY_SMS_IF_ALONE]
        for here, integration, options in found:
            self._say_templates(here, options)
            ends = is_true(options.get("send_resolved", integration.ends))
            for address in self._carry(name, here, integration, options):
                notify[address] = notify.get(address, False) or ends
        if notify:
            for here, integration, _ in mail:
                self.notes.left_out(here, integration.instead)
        else:
            for here, integration, options in mail:
                notify |= self._by_mail(here, integration, options)
        if not found:
            self.notes.carried(path, "tells nobody, as before")
        elif not notify and all(map(_is_heartbeat, found)):
            self.notes.changed(path, "tells nobody: it only said that monitoring lives")
        elif not notify:
            notify[self._somebody(name, path, found)] = any(
                is_true(options.get("send_resolved", integration.ends)) for _, integration, options in found
            )
        return tuple(notify), any(notify.values())

    def _somebody(self, name: str, path: Path, found: list[Found]) -> str:
        """Whoever is told because nothing could be carried; a person decides who."""
        was = ", ".join(dict.fromkeys(_shown(integration, options) for _, integration, options in found))
        person = self._person(name, path, was)
        says = f"nothing of it could be carried: fill in who is told, or write steps: [] for nobody ({was})"
        self.notes.changed(path, says)
        return f"sms:{person.name}"

    def _carry(
        self, name: str, path: Path, integration: Integration, options: Mapping[str, Any]
    ) -> Iterator[str]:
        """The addresses that stand for one integration."""
        match integration.how:
            case Carried.BY_SMS:
                yield self._by_sms(name, path, integration, options)
            case Carried.BY_CHAT:
                yield from self._by_chat(name, path, options)
            case Carried.BY_WEBHOOK:
                yield from self._by_webhook(name, path, options)
            case Carried.NOT_AT_ALL:
                says = f"nothing here posts to {integration.name}; {integration.instead}"
                self.notes.left_out(path, says)

    # -- people ----------------------------------------------------------------------------------

    def _person(self, name: str, path: Path, was: str, *, phone: str = "", telegram: str = "") -> Person:
        where = f"{place(self.document, path)}: {was}"
        person = self.people.contacts.setdefault(name, Person(name, where))
        person.phone, person.telegram = person.phone or phone, person.telegram or telegram
        return person

    def _by_sms(self, name: str, path: Path, integration: Integration, options: Mapping[str, Any]) -> str:
        phone = str(options.get("phone_number") or "")
        if _TEMPLATE in phone:
            phone = ""
        person = self._person(name, path, integration.name, phone=phone)
        self.notes.carried(path, f"{integration.name} -> sms:{person.name}; {integration.instead}")
        return f"sms:{person.name}"

    def _by_mail(self, path: Path, integration: Integration, options: Mapping[str, Any]) -> dict[str, bool]:
        """Whoever read the mail is told by SMS; each with whether of the end as well."""
        people = [as_name(each.partition("@")[0]) for each in _addresses(options.get("to"))]
        told = ", ".join(f"sms:{self._person(name, path, integration.name).name}" for name in people)
        if told:
            self.notes.carried(path, f"mail -> {told}; no mail is sent from here")
        else:
            self.notes.left_out(path, integration.instead)
        ends = is_true(options.get("send_resolved", integration.ends))
        return {f"sms:{name}": ends for name in people}

    # -- chats -----------------------------------------------------------------------------------

    def _by_chat(self, name: str, path: Path, options: Mapping[str, Any]) -> Iterator[str]:
        """A group is a room; a person's own chat is that person."""
        chat_id = str(options.get("chat_id") or "")
        if not chat_id.lstrip("-").isdigit():
            self.notes.left_out(path, "it names no chat_id; add a room: chats.telegram.rooms")
            return
        if options.get("message_thread_id"):
            self.notes.left_out(
                (*path, "message_thread_id"), "cards are posted in the group itself, not in one of its topics"
            )
        chat = self._chat(path, options)
        if not chat_id.startswith("-"):
            person = self._person(name, path, "Telegram", telegram=chat_id)
            yield self._said(path, f"chat:@{person.name}")
            return
        known = next((room for room, number in chat.rooms.items() if number == chat_id), None)
        rooms = {room for each in self.people.chats.values() for room in each.rooms}
        room = known or next(each for each in _numbered(name) if each not in rooms)
        chat.rooms[room] = chat_id
        yield self._said(path, f"chat:{room}")

    def _said(self, path: Path, address: str) -> str:
        self.notes.carried(path, f"Telegram -> {address}")
        return address

    def _chat(self, path: Path, options: Mapping[str, Any]) -> Chat:
        """The account with this token; two of them are told apart without the token being kept."""
        globals_ = self.document.get(("global",)) or {}
        token = options.get("bot_token") or globals_.get("telegram_bot_token")
        file = options.get("bot_token_file") or globals_.get("telegram_bot_token_file")
        account = f"file {file}" if file else f"token {token}"
        found = self.people.chats.get(account)
        if found is None:
            name = next(
                n for n in _numbered("telegram") if n not in {c.name for c in self.people.chats.values()}
            )
            kept = str(self.folder / str(file)) if file else f"secrets/{name}"
            url = str(options.get("api_url") or globals_.get("telegram_api_url") or "").rstrip("/")
            found = self.people.chats[account] = Chat(name, kept, "" if url == _TELEGRAM else url)
            if not file:
                where = place(self.document, (*path, "bot_token"))
                self.notes.secrets[kept] = f"the bot's token of {where}"
        return found

    # -- webhooks --------------------------------------------------------------------------------

    def _by_webhook(self, name: str, path: Path, options: Mapping[str, Any]) -> Iterator[str]:
        host, said = _host(options), _words(options)
        if any(word in said for word in SMS_WORDS):
            person = self._person(name, path, host)
            says = f"{host} -> sms:{person.name}; its own configuration has the phones"
            self.notes.carried(path, says)
            yield f"sms:{person.name}"
        elif any(word in said for word in HEARTBEAT_WORDS):
            self.notes.left_out(
                path, f"{host} is a heartbeat; let Alertmanager, or a cron job, go on with it"
            )
        elif "telegram" in said:
            self.notes.left_out(path, f"{host} is a bot beside; the bridge is one itself: docs/telegram.md")
        else:
            says = f"the bridge calls no webhook ({host}); a plugin may: docs/plugins"
            self.notes.left_out(path, says)

    def _say_templates(self, path: Path, options: Mapping[str, Any]) -> None:
        """Texts of their own are not carried."""
        found = [key for key, value in options.items() if isinstance(value, str) and _TEMPLATE in value]
        if found:
            says = f"a Go template ({', '.join(found)}); texts here are Jinja2: templates.sms, docs/texts.md"
            self.notes.left_out((*path, found[0]), says)


def _host(options: Mapping[str, Any]) -> str:
    """Where a webhook leads. The rest of a URL may hold a secret and is not shown."""
    return urlsplit(str(options.get("url") or "")).hostname or "a URL that is not in the file"


def _words(options: Mapping[str, Any]) -> str:
    parts = urlsplit(str(options.get("url") or ""))
    return f"{parts.hostname or ''}{parts.path}".lower()


def _shown(integration: Integration, options: Mapping[str, Any]) -> str:
    is_webhook = integration.how is Carried.BY_WEBHOOK
    return f"a webhook to {_host(options)}" if is_webhook else integration.name


def _is_heartbeat(found: Found) -> bool:
    _, integration, options = found
    is_webhook = integration.how is Carried.BY_WEBHOOK
    return is_webhook and any(word in _words(options) for word in HEARTBEAT_WORDS)


def _numbered(name: str) -> Iterator[str]:
    """``name``, ``name-2``, ``name-3`` and so on."""
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _addresses(to: Any) -> list[str]:
    """``Anna <anna@example.org>, boris@example.org`` as bare addresses."""
    from email.utils import getaddresses

    text = str(to or "")
    return [] if _TEMPLATE in text else [address for _, address in getaddresses([text]) if "@" in address]
