"""A notification that could not be posted, as one file in a spool folder: its form and its name.

It owns what stands in such a file, for who writes it and for who takes it in; it refuses to touch a disk, and
imports nothing that takes time, because monitoring starts the writer for each notification.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

SUFFIX = ".json"
MAX_KEY = 255
UNFINISHED = ".tmp-"
"""What a file's name begins with while it is written."""


class BadSpoolFile(ValueError):
    """The file is not what `pilotbridge notify` writes; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One body for ``/in/<source>``. ``key`` is the Idempotency-Key that it was, or would be, posted with."""

    source: str
    key: str
    at_ms: int
    body: str

    @property
    def file_name(self) -> str:
        """Sorts by time; no two are the same."""
        return f"{self.at_ms:015d}-{self.key}{SUFFIX}"

    def encode(self) -> bytes:
        told = {"source": self.source, "key": self.key, "at_ms": self.at_ms, "body": self.body}
        return json.dumps(told, ensure_ascii=False).encode()

    @classmethod
    def decode(cls, written: bytes) -> Spooled:
        """:raises BadSpoolFile: with what is wrong."""
        try:
            told = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise BadSpoolFile("it is no JSON; it may have been cut off, or written by hand") from error
        if not isinstance(told, dict):
            raise BadSpoolFile("it is no object with source, key, at_ms and body")
        texts = [told.get(name) for name in ("source", "key", "body")]
        at_ms = told.get("at_ms")
        if not all(isinstance(text, str) and text for text in texts) or not isinstance(at_ms, int):
            raise BadSpoolFile("source, key and body must be texts, and at_ms a number")
        source, key, body = map(str, texts)
        if len(key) > MAX_KEY:
            raise BadSpoolFile(f"the key has more than {MAX_KEY} characters")
        try:
            "".join((source, key, body)).encode()
        except UnicodeEncodeError as error:
            raise BadSpoolFile("a text holds half a character (a lone surrogate)") from error
        return cls(source, key, at_ms, body)
