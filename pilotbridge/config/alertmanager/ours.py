"""The file that an import writes: our blocks around what was carried, with comments that say where it was.

It words and lays out; what means what was decided before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotbridge.config.alertmanager.receivers import Chat, People, Person, Receiver
from pilotbridge.config.alertmanager.writing import block, flow, items, scalar
from pilotbridge.config.fields import BLANK

KEY_FILE, TOKEN_FILE = "secrets/smspilot", "secrets/prometheus"


@dataclass(frozen=True, slots=True)
class Ours:
    """Everything that the file says."""

    made_of: str
    troubles: str
    resolve_timeout: str
    people: People
    route: Mapping[str, Any]
    rules: Sequence[Mapping[str, Any]]
    intervals: Sequence[Mapping[str, Any]]


def written(ours: Ours) -> str:
    """The whole file."""
    people = ours.people
    parts = (
        _head(ours.made_of),
        block({"bridge": {"zone": "UTC", "troubles": ours.troubles}}),
        _gateways(),
        _sources(ours.resolve_timeout),
        _contacts(people.contacts.values()),
        _chats(people.chats.values()),
        _receivers(people.receivers.values()),
        block({"route": ours.route}),
        _listed("inhibit_rules", ours.rules),
        _listed("time_intervals", ours.intervals),
    )
    return "\n".join("\n".join(lines) + "\n" for part in parts if (lines := list(part)))


def _head(made_of: str) -> Iterator[str]:
    yield f"# Made of {made_of} by `pilotbridge import`."
    yield "#"
    yield f"# `pilotbridge check` names what is still to be filled in: phones where it says {BLANK},"
    yield "# and the files of secrets, one word in each."


def _gateways() -> Iterator[str]:
    yield "gateways:"
    yield f"  smspilot: {flow({'api_key_file': KEY_FILE, 'sender': 'INFORM'})}    # your own sender's name"


def _sources(resolve_timeout: str) -> Iterator[str]:
    keys = {"token_file": TOKEN_FILE, "keep_severity": True}
    yield "# Prometheus posts to /api/v2/alerts, as to an Alertmanager: docs/sources.md."
    yield "# Routes match the word of severity that it sends."
    yield "sources:"
    yield f"  prometheus: {flow(keys | ({'resolve_timeout': resolve_timeout} if resolve_timeout else {}))}"


def _contacts(people: Iterable[Person]) -> Iterator[str]:
    listed = list(people)
    if listed:
        yield "contacts:"
    for person in listed:
        phone = {} if person.telegram and not person.phone else {"phone": person.phone or BLANK}
        telegram = {"telegram": int(person.telegram)} if person.telegram else {}
        yield f"  {scalar(person.name)}: {flow(phone | telegram)}    # {person.was}"


def _chats(chats: Iterable[Chat]) -> Iterator[str]:
    listed = list(chats)
    if listed:
        yield "chats:"
    for chat in listed:
        keys: dict[str, Any] = {} if chat.name == "telegram" else {"type": "telegram"}
        keys |= {"token_file": chat.token_file} | ({"api_url": chat.api_url} if chat.api_url else {})
        rooms = {room: {"id": int(number)} for room, number in chat.rooms.items()}
        yield f"  {chat.name}:"
        yield from block(keys | ({"rooms": rooms} if rooms else {}), 2)


def _receivers(receivers: Iterable[Receiver]) -> Iterator[str]:
    yield "receivers:"
    for receiver in receivers:
        yield f"  - name: {scalar(receiver.name)}    # {receiver.was}"
        steps = [{"notify": list(receiver.notify)}] if receiver.notify else []
        yield f"    steps: {flow(steps)}" + ("" if steps else "    # tells nobody, as before")
        if steps and not receiver.send_resolved:
            yield "    send_resolved: false"


def _listed(key: str, values: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if values:
        yield f"{key}:"
        yield from items(values, 1)
