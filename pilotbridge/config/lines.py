"""The lines people text to: by which number, to which room, and how their conversations are looked after.

It judges that every line leads to a room that exists, and that no text could be meant for two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotbridge.config.addresses import read_addresses
from pilotbridge.config.chats import Chats
from pilotbridge.config.diagnostics import Path, suggest
from pilotbridge.config.reading import Reading
from pilotbridge.config.schema import LineBlock
from pilotbridge.config.sender_names import HOW, is_no_sender
from pilotbridge.config.settings import RelayLine
from pilotbridge.intervals import TimeInterval
from pilotbridge.model import Address, Contact, Line, Way
from pilotbridge.sms_text import mixed_words


@dataclass(frozen=True, slots=True)
class LineGround:
    """What lines may name, and the zone of those that say none."""

    chats: Chats
    intervals: Mapping[str, tuple[TimeInterval, ...]]
    zone: str
    gateways: tuple[str, ...]
    """The types of the gateways that answers go by."""


def read_lines(reading: Reading, contacts: dict[str, Contact], ground: LineGround) -> tuple[RelayLine, ...]:
    reading.expect(("relay",), dict)
    reading.expect(("relay", "lines"), list)
    for name in set(reading.names(("relay",))) - {"lines"}:
        reading.unknown_key(("relay", name), name, ["lines"])
    lines: list[RelayLine] = []
    for index in range(reading.count(("relay", "lines"))):
        path: Path = ("relay", "lines", index)
        block = reading.block(LineBlock, path)
        if block:
            line = _line(reading, path, block, contacts, ground)
            _judge_line(reading, path, line, lines)
            _judge_room(reading, path, line, ground.chats, contacts)
            lines.append(line)
    return tuple(lines)


def _line(
    reading: Reading, path: Path, block: LineBlock, contacts: dict[str, Contact], ground: LineGround
) -> RelayLine:
    _judge_away(reading, path, block)
    if is_no_sender(block.sender, ground.gateways):
        reading.fault("bad-value", (*path, "sender"), f"{block.sender!r} is no sender's name", HOW)
    return RelayLine(
        name=block.name,
        line=Line(block.number.lstrip("+"), block.prefix),
        room=block.room,
        sender=block.sender,
        words=block.words,
        max_age=block.max_age,
        zone=block.zone or ground.zone,
        hours=_hours(reading, path, block, ground),
        away=block.away,
        remind_after=block.remind_after,
        remind=_reminded(reading, path, block, contacts),
    )


def _hours(reading: Reading, path: Path, block: LineBlock, ground: LineGround) -> tuple[TimeInterval, ...]:
    for index, name in enumerate(block.hours):
        if name not in ground.intervals:
            fix = suggest(name, ground.intervals, what="time intervals")
            cause = f"there is no time interval {name!r}"
            reading.fault("unknown-interval", (*path, "hours", index), cause, fix)
    return tuple(interval for name in block.hours for interval in ground.intervals.get(name, ()))


def _judge_away(reading: Reading, path: Path, block: LineBlock) -> None:
    """It has a time when it is sent, and is a text that the gateway takes."""
    if block.away and not block.hours:
        cause = "the line has no hours, so that somebody always answers"
        reading.fault("missing-key", (*path, "away"), cause, "add hours: [NAME] and time_intervals", key=True)
    if mixed := mixed_words(block.away):
        cause = f"{mixed[0].word} mixes Cyrillic and Latin letters, which the gateway refuses"
        reading.fault("bad-value", (*path, "away"), cause, "write it in one alphabet")


def _reminded(
    reading: Reading, path: Path, block: LineBlock, contacts: dict[str, Contact]
) -> tuple[Address, ...]:
    """Contacts with phones."""
    here: Path = (*path, "remind")
    if block.remind and block.remind_after is None:
        fix = "add remind_after: 30m"
        reading.fault("missing-key", here, "it is not said when they are reminded", fix, key=True)
    found = read_addresses(reading, here, block.remind, contacts)
    for address in found:
        contact = contacts.get(address.name)
        if address.way is Way.CHAT or (contact is not None and contact.phone is None):
            cause = f"{address} is reminded by SMS and has no phone"
            reading.fault("no-phone", here, cause, "name contacts with a phone; the room is told anyway")
    return found


def _judge_line(reading: Reading, path: Path, line: RelayLine, others: list[RelayLine]) -> None:
    """Two lines on one number need prefixes of which none begins the other."""
    for other in others:
        if other.name == line.name:
            reading.fault(
                "duplicate-name", (*path, "name"), f"there is a line {line.name} already", "rename it"
            )
        mine, theirs = line.line.prefix, other.line.prefix
        if other.line.number == line.line.number and (mine.startswith(theirs) or theirs.startswith(mine)):
            longer = max(mine, theirs, key=len)
            cause = f"a text to {line.line.number} that begins with {longer!r} may be for {other.name} too"
            reading.fault("prefix-collision", path, cause, "give one of them another prefix")


def _judge_room(
    reading: Reading, path: Path, line: RelayLine, chats: Chats, contacts: Mapping[str, Contact]
) -> None:
    here: Path = (*path, "room")
    if not line.room:
        if chats:
            cause = f"the line {line.name} has no room: what people text to it is in the inbox only"
            reading.warn("no-room", path, cause, f"add room: {next(iter(_names(chats)), 'NAME')}")
    elif not reading.names(("chats",)):
        fix = "add chats: { telegram: { token_file: FILE, rooms: { NAME: { id: -100... } } } }"
        reading.fault("unknown-room", here, "there is no chat, so there are no rooms", fix)
    elif line.room.startswith("@"):
        _judge_private(reading, here, line.room[1:], contacts)
    elif line.room not in _named_rooms(reading):
        fix = suggest(line.room, _named_rooms(reading), what="rooms")
        reading.fault("unknown-room", here, f"there is no room {line.room!r}", fix)


def _judge_private(reading: Reading, path: Path, name: str, contacts: Mapping[str, Contact]) -> None:
    names = reading.names(("contacts",))
    if name not in names:
        cause = f"there is no contact {name!r}"
        reading.fault("unknown-contact", path, cause, suggest(name, names, what="contacts"))
    elif (contact := contacts.get(name)) and not contact.telegram:
        cause = f"{name} has no private chat with the bridge"
        reading.fault("unknown-room", path, cause, f"add telegram: ID to contacts.{name}")


def _names(chats: Chats) -> list[str]:
    return [room for chat in chats.values() for room in chat.rooms]


def _named_rooms(reading: Reading) -> set[str]:
    """The names of all rooms, of chats that are wrong too."""
    return {room for chat in reading.names(("chats",)) for room in reading.names(("chats", chat, "rooms"))}
