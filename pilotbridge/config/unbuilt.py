"""Keys that the schema knows and this version does not act on: each is refused with a sentence.

One table; a line leaves it in the change that builds the thing.
"""

from __future__ import annotations

import re

from pilotbridge.config.reading import Reading

UNBUILT = {
    "bridge.heartbeat": "the bridge does not ping out yet",
}
"""What is not built and what to tell. ``*`` is one part of a path, ``1+`` any index but the first, ``**`` any
depth of the route tree."""


def _pattern(key: str) -> str:
    pattern = re.escape(key).replace(r"\.\*\*", r"(?:\.routes\.\d+)*")
    return pattern.replace(r"\*", "[^.]+").replace(r"1\+", r"[1-9]\d*")


_ANY = re.compile("|".join(f"({_pattern(key)})" for key in UNBUILT))
_SENTENCES = tuple(UNBUILT.values())


def refuse_unbuilt(reading: Reading) -> None:
    """Note every key of the table that the file uses. An empty value uses nothing."""
    for path in reading.document.paths():
        found = _ANY.fullmatch(".".join(map(str, path)))
        if found and reading.document.get(path) not in (None, "", [], {}):
            sentence = _SENTENCES[(found.lastindex or 1) - 1]
            reading.fault("not-built-yet", path, f"not built yet: {sentence}", "remove it for now", key=True)
