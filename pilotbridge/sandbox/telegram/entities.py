"""A text with its formatting: HTML to plain text with entities, lengths in UTF-16 units.

It reads the tags that Telegram documents and refuses others in its words.
"""

from __future__ import annotations

import html
import re
from typing import Any

from pilotbridge.sandbox.telegram.wording import bad_request

Json = dict[str, Any]

ENTITIES_MAX = 100
_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "a": "text_link",
}
_PIECE = re.compile(r"<(/?)([A-Za-z][\w-]*)([^<>]*)>|<|[^<]+")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def utf16_length(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text) + sum(char > "\uffff" for char in text)


def read_html(marked: str) -> tuple[str, list[Json]]:
    """Split ``marked`` into its text and its entities.

    :raises ApiError: for a tag that is unknown, unopened or unclosed.
    """
    text, entities, opened = "", list[Json](), list[tuple[str, Json, int]]()
    for piece in _PIECE.finditer(marked):
        closing, tag, attributes = piece[1], (piece[2] or "").lower(), piece[3] or ""
        at_byte = len(marked[: piece.start()].encode())
        if piece[0] == "<":
            raise _unreadable(f"unexpected end of tag at byte offset {at_byte}")
        if not tag:
            text += html.unescape(piece[0])
        elif closing:
            entities += _close(tag, opened, utf16_length(text), at_byte)
        else:
            opened.append((tag, _open(tag, attributes, at_byte), utf16_length(text)))
    if opened:
        raise _unreadable(f'can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    entities.sort(key=lambda one: (one["offset"], -one["length"]))
    return text, entities


def _open(tag: str, attributes: str, at_byte: int) -> Json:
    if tag not in _TAGS:
        raise _unreadable(f'unsupported start tag "{tag}" at byte offset {at_byte}')
    if tag != "a":
        return {"type": _TAGS[tag]}
    href = _HREF.search(attributes)
    return {"type": "text_link", "url": html.unescape(href[1] or href[2] or "") if href else ""}


def _close(tag: str, opened: list[tuple[str, Json, int]], end: int, at_byte: int) -> list[Json]:
    if not opened:
        raise _unreadable(f"unexpected end tag at byte offset {at_byte}")
    expected, entity, start = opened.pop()
    if expected != tag:
        raise _unreadable(
            f'unmatched end tag at byte offset {at_byte}, expected "</{expected}>", found "</{tag}>"'
        )
    is_shown = end > start and entity.get("url") != ""
    return [entity | {"offset": start, "length": end - start}] if is_shown else []


def _unreadable(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")
