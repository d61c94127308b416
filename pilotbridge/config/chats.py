"""Where people talk: accounts in chats with their rooms. What a room's id means is the chat's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from pilotbridge.config.diagnostics import Path
from pilotbridge.config.doors import is_known_type, note_proxy, split_keys, type_of
from pilotbridge.config.reading import Reading
from pilotbridge.config.schema import ChatBlock
from pilotbridge.config.settings import ChatSettings, NetworkSettings

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
