"""The world in a file of JSON lines: every change is appended, a start reads them all again.

A start also writes the file anew when most of it is overtaken, so that it does not grow for ever. A last line
that was torn by a crash is cut off; a torn line before it is a fault of the file. One sandbox at a time has
it: two would write into each other's lines.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec

from pilotbridge.sandbox.account import Account
from pilotbridge.sandbox.condensing import condensed
from pilotbridge.sandbox.messages import SentSms, WrittenSms
from pilotbridge.sandbox.network import Script
from pilotbridge.sandbox.world import World


class BadState(ValueError):
    """The file cannot be had, or is not one that the sandbox wrote."""


class StateFile:
    """Appends to one file; given to a world as its ``record``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None

    def open(self) -> World:
        """Read the world back and keep it from here on.

        :raises BadState: with the line that cannot be read, or why there is no file to keep it in.
        """
        world = World()
        try:
            self._path.touch(mode=0o600)
            self._file = self._path.open("r+b", buffering=0)
        except OSError as error:
            raise BadState(f"{self._path}: {error.strerror}; choose another file with --state") from error
        try:
            self._take(self._file)
            if not self._is_still_there(self._file):
                raise BadState(
                    f"{self._path} was just written anew by another sandbox; stop it, or start again"
                )
            whole = _read_into(world, self._path)
        except BadState:
            self.close()
            raise
        self._file.truncate(whole)
        self._file.seek(whole)
        self._condense(world, whole)
        world.record = self._append
        return world

    def _condense(self, world: World, size: int) -> None:
        """Write the file anew when half of it says what is no longer so; a disk that is full leaves it."""
        with self._path.open("rb") as lines:
            kept = condensed([_read_line(line) for line in lines])
        accounts = [("account", account) for account in world.accounts.values()] if kept else []
        written = b"".join(_written(*line) for line in (*kept, *accounts))
        if len(written) > size // 2:
            return
        with suppress(OSError):
            self._replace(written)

    def _replace(self, written: bytes) -> None:
        """Ours from the first moment, and whole or not there at all."""
        path = self._path.resolve()
        beside = path.with_name(f"{path.name}.new")
        beside.unlink(missing_ok=True)
        beside.touch(mode=0o600)
        file = beside.open("r+b", buffering=0)
        try:
            self._take(file)
            _write_line(file, written)
            os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError:
            file.close()
            beside.unlink(missing_ok=True)
            raise
        self.close()
        self._file = file

    def _take(self, file: FileIO) -> None:
        """Let no other sandbox have the file until it is closed."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadState(
                f"{self._path} is kept by another sandbox; stop it first, or choose another file with --state"
            ) from error

    def _is_still_there(self, file: FileIO) -> bool:
        """Another sandbox may have written it anew between our opening it and taking it."""
        return os.fstat(file.fileno()).st_ino == self._path.stat().st_ino

    def __enter__(self) -> World:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, kind: str, value: Any) -> None:
        if self._file is None:
            return
        if kind == "reset":
            self._file.truncate(0)
            self._file.seek(0)
        _write_line(self._file, _written(kind, value))


def _written(kind: str, value: Any) -> bytes:
    return msgspec.json.encode({kind: value}) + b"\n"


def _write_line(file: FileIO, line: bytes) -> None:
    """Write all of ``line`` or nothing: a half of it would end the file for every later start.

    :raises OSError: when the disk does not take it.
    """
    began, left = file.tell(), line
    try:
        while left:
            left = left[file.write(left) :]
    except OSError:
        file.truncate(began)
        file.seek(began)
        raise


def _read_into(world: World, path: Path) -> int:
    """Apply every whole line; return where the next one begins."""
    whole, told = 0, dict[int, int]()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                break
            try:
                _apply(world, *_read_line(line), told)
            except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
                raise BadState(f"{path}:{number}: {error}") from error
            whole += len(line)
    for server_id, times in told.items():
        world.callbacks.forget_told(server_id, times)
    return whole


def _read_line(line: bytes) -> tuple[str, Any]:
    ((kind, value),) = msgspec.json.decode(line, type=dict[str, Any]).items()
    return kind, value


def _apply(world: World, kind: str, value: Any, told: dict[int, int]) -> None:
    match kind:
        case "account":
            world.set_account(msgspec.convert(value, Account, strict=False))
        case "packet":
            world.restore_packet(msgspec.convert(value, list[SentSms], strict=False))
        case "packet_id":
            world.pass_packet_id(msgspec.convert(value, int))
        case "message":
            world.restore_message(msgspec.convert(value, SentSms, strict=False))
        case "written":
            world.add_written(msgspec.convert(value, WrittenSms))
        case "scripts":
            world.scripts[value["phone"]] = msgspec.convert(value["scripts"], list[Script])
        case "told":
            told[value] = told.get(value, 0) + 1
        case "telegram":
            ((noun, thing),) = msgspec.convert(value, dict[str, Any]).items()
            world.telegram.restore(noun, thing)
        case "offset_ms":
            world.move_time(msgspec.convert(value, int))
        case "reset":
            pass
        case _:
            raise BadState(f"there is no {kind!r}")
