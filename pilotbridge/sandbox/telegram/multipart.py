"""Reads a multipart/form-data body whole: fields and files by name.

It refuses what it cannot read with a reason; it is for the sandbox's small bodies, not for streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message

_PARTS_MAX = 1000


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: str
    content: bytes


class BadMultipart(ValueError):
    """The body is not what its Content-Type says."""


def read_multipart(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, File]]:
    """Return fields and files.

    :raises BadMultipart: with what is wrong.
    """
    fields: dict[str, str] = {}
    files: dict[str, File] = {}
    for head, content in _parts(body, _boundary(content_type)):
        name = head.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise BadMultipart("a part has no name")
        file_name = head.get_filename()
        if file_name is None:
            fields[name] = content.decode("utf-8", "replace")
        else:
            files[name] = File(file_name, head.get_content_type(), content)
    return fields, files


def _boundary(content_type: str) -> bytes:
    head = Message()
    head["content-type"] = content_type
    boundary = head.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise BadMultipart("the Content-Type names no boundary")
    return b"--" + boundary.encode("latin-1", "replace")


def _parts(body: bytes, boundary: bytes) -> list[tuple[Message, bytes]]:
    pieces = (b"\r\n" + body).split(b"\r\n" + boundary)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise BadMultipart("the body does not end with its boundary")
    if len(pieces) > _PARTS_MAX:
        raise BadMultipart(f"more than {_PARTS_MAX} parts")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[Message, bytes]:
    head, gap, content = piece.partition(b"\r\n\r\n")
    if not gap:
        raise BadMultipart("a part has no head")
    message = Message()
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        message[name.strip()] = value.strip()
    return message, content
