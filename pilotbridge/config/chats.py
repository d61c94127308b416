"""Where people talk: accounts in chats with their rooms, and the lines that are relayed to them.

It judges that every line leads to a room that exists; what a room's id means is the chat's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from pilotbridge.config.diagnostics import Path, suggest
from pilotbridge.config.doors import is_known_type, note_proxy, split_keys, type_of
from pilotbridge.config.reading import Reading
from pilotbridge.config.schema import ChatBlock, LineBlock
from pilotbridge.config.settings import ChatSettings, NetworkSettings, RelayLine
from pilotbridge.model import Contact, Line

Chats = Mapping[str, ChatSettings]


def read_chats(reading: Reading, network: NetworkSettings) -> dict[str, ChatSettings]:
    chats = (_chat(reading, name, network) for name in reading.entries(("chats",), in_url=True))
    found = {chat.name: chat for chat in chats if chat}
    _judge_rooms(reading, found)
    return found


def _chat(reading: Reading, name: str, network: NetworkSettings) -> ChatSettings | None:
    path: Path = ("chats", name)
    kind = type_of(reading, path)
    if not is_known_type(reading, reading.known.chats, path, kind):
        return None
    shared, own = split_keys(reading, path, ChatBlock)
    block = reading.validate(ChatBlock, shared, path)
    if block is None:
        return None
    token = reading.secret(path, "token", block.token, block.token_file)
    note_proxy(reading, (*path, "proxy"), reading.text((*path, "proxy")))
    given = _for_its_type(
        reading, kind, own, {"token": token, "ca_file": network.ca_file and str(network.ca_file)}
    )
    options = reading.options(reading.known.chats, path, given, ChatBlock.model_fields, kind=kind)
    return ChatSettings(name, kind, {room: block.rooms[room].id for room in block.rooms}, options)


def _for_its_type(
    reading: Reading, kind: str, own: dict[str, Any], common: Mapping[str, Any]
) -> dict[str, Any]:
    """The keys of its own, with what of ``common`` its model has, and files found from our folder."""
    given = {
        key: str(reading.folder / value) if key.endswith("_file") and isinstance(value, str) else value
        for key, value in own.items()
    }
    model = (reading.known.chats or {}).get(kind)
    wanted = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
    return {name: value for name, value in common.items() if value and name in wanted} | given


def _judge_rooms(reading: Reading, chats: Chats) -> None:
    """A room's name stands alone in addresses, and one room has one name."""
    names: dict[str, str] = {}
    for chat in chats.values():
        ids: dict[str, str] = {}
        for room, room_id in chat.rooms.items():
            path: Path = ("chats", chat.name, "rooms", room)
            if names.setdefault(room, chat.name) != chat.name:
                cause = f"chats.{names[room]} has a room {room} already"
                reading.fault("duplicate-name", path, cause, "rename one of them", key=True)
            if ids.setdefault(room_id, room) != room:
                cause = f"{ids[room_id]} is this room too"
                reading.fault("duplicate-name", (*path, "id"), cause, "one room, one name")


# --- lines ------------------------------------------------------------------------------------------


def read_lines(reading: Reading, chats: Chats, contacts: Mapping[str, Contact]) -> tuple[RelayLine, ...]:
    reading.expect(("relay",), dict)
    reading.expect(("relay", "lines"), list)
    for name in set(reading.names(("relay",))) - {"lines"}:
        reading.unknown_key(("relay", name), name, ["lines"])
    lines: list[RelayLine] = []
    for index in range(reading.count(("relay", "lines"))):
        path: Path = ("relay", "lines", index)
        block = reading.block(LineBlock, path)
        if block:
            line = _line(block)
            _judge_line(reading, path, line, lines)
            _judge_room(reading, path, line, chats, contacts)
            lines.append(line)
    return tuple(lines)


def _line(block: LineBlock) -> RelayLine:
    return RelayLine(
        name=block.name,
        line=Line(block.number.lstrip("+"), block.prefix),
        room=block.room,
        sender=block.sender,
        words=block.words,
        max_age=block.max_age,
    )


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
