"""Requests as ordinary GET and POST parameters, read into the tree that the JSON form has.

It knows ``json=``, ``xml=`` and flat commands; what the keys mean is not its question. The flat forms
are assumed, by analogy with API-1 and the gateway's own words "parameters are supported too".
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from pilotbridge.smspilot.wire.documents import Tree
from pilotbridge.smspilot.wire.torn import Torn

_BOUNDARY = re.compile(rb"--([^\r\n]{1,70})\r?\n")
_FIELD_NAME = re.compile(rb'[;\s]name="?([^";\r\n]*)"?', re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_IDS = re.compile(r"[0-9]{2,}(?:\s*,\s*[0-9]+)*|[0-9]+(?:\s*,\s*[0-9]+)+")


def read_query(query: str) -> dict[str, str]:
    """Read ``a=1&b=2``; bytes that are no UTF-8 become U+FFFD, the last of two equal names counts."""
    return dict(parse_qsl(query, keep_blank_values=True))


def read_form(body: bytes) -> dict[str, str]:
    """Read a body of parameters: urlencoded, or multipart as PHP's curl writes an array.

    :raises Torn: when it is neither.
    """
    boundary = _BOUNDARY.match(body)
    if boundary is not None:
        return _read_multipart(body, boundary.group(1))
    if b"=" not in body:
        raise Torn("it is neither a document nor parameters")
    return read_query(body.decode("utf-8", "replace"))


def flat_tree(parameters: dict[str, str]) -> Tree:
    """Read a flat command, such as ``apikey=..&balance=rur``, into a tree."""
    tree: Tree = dict(parameters)
    if "send" in parameters:
        tree["send"] = _flat_messages(parameters)
    if "check" in parameters:
        tree["check"] = _flat_check(parameters)
    return tree


def _flat_messages(parameters: dict[str, str]) -> list[Tree]:
    """``send`` is the text, ``to`` one number or a comma list, as in API-1."""
    shared = {"text": parameters["send"], "id": parameters.get("id", "")}
    return [{**shared, "to": to.strip()} for to in parameters.get("to", "").split(",")]


def _flat_check(parameters: dict[str, str]) -> bool | list[str]:
    """``check=1`` with ``server_packet_id`` or ``server_id``, or the ids in ``check`` as in API-1."""
    listed = parameters.get("server_id") or parameters["check"]
    if "server_packet_id" in parameters or not ("server_id" in parameters or _IDS.fullmatch(listed)):
        return True
    return [server_id.strip() for server_id in listed.split(",")]


def _read_multipart(body: bytes, boundary: bytes) -> dict[str, str]:
    parameters = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, *values = _END_OF_HEAD.split(part, 1)
        name = _FIELD_NAME.search(head)
        if name is not None:
            value = b"".join(values).removesuffix(b"\n").removesuffix(b"\r")
            parameters[name.group(1).decode("utf-8", "replace")] = value.decode("utf-8", "replace")
    return parameters
