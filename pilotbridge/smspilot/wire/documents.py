"""Bytes to a tree of plain values and back, in JSON and XML.

A tree is what the JSON form says: XML's attributes, child elements and content become its keys. What
the keys mean is not its question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from pilotbridge.smspilot.wire.torn import Torn
from pilotbridge.smspilot.wire.values import Form

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Tree = dict[str, Any]

XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_BOM = b"\xef\xbb\xbf"
_SURROGATE = "[\ud800-\udfff]"
_NOT_IN_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
# A reader turns a bare line end inside an attribute into a space, and a bare CR anywhere into LF.
_IN_ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_IN_CONTENT = {"\r": "&#13;"}
# Decimal as a JSON number: v2.5 writes money so.
_encoder = msgspec.json.Encoder(decimal_format="number")


def without_bom(body: bytes) -> bytes:
    """Drop a byte order mark and the blank space around a document."""
    return body.removeprefix(_BOM).strip()


def form_of(body: bytes) -> Form | None:
    """Tell the form by the first character that is not blank; a Content-Type says nothing here."""
    match without_bom(body)[:1]:
        case b"{" | b"[":
            return Form.JSON
        case b"<":
            return Form.XML
        case _:
            return None


def read_json(body: bytes | str) -> Tree:
    """Read a JSON object strictly: a trailing comma is an error.

    :raises Torn: for anything but one whole object.
    """
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Torn("the JSON is cut or malformed") from error
    if not isinstance(tree, dict):
        raise Torn("the JSON is no object")
    return tree


def read_json_of_texts(body: bytes) -> Tree:
    """As :func:`read_json`, but what is no character inside a text becomes U+FFFD.

    An SMS may be cut in the middle of an emoji; one such text must not make a whole list unreadable.

    :raises Torn: for anything but one whole object.
    """
    try:
        return read_json(body)
    except Torn:
        try:
            tree = json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            raise Torn("the JSON is cut or malformed") from error
    if not isinstance(tree, dict):
        raise Torn("the JSON is no object")
    return dict(_without_surrogates(tree))


def write_json(tree: Any) -> bytes:
    """Write ``tree``; half of a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD."""
    try:
        return _encoder.encode(tree)
    except UnicodeEncodeError:
        return _encoder.encode(_without_surrogates(tree))


def read_xml(body: bytes | str) -> Element:
    """Read one XML document without entities or anything from outside.

    What reads it is loaded with the first one; the client asks for JSON, and most never see any.

    :raises Torn: for anything else.
    """
    from defusedxml import ElementTree

    try:
        root: Element = ElementTree.fromstring(body)
    except (SyntaxError, ValueError, LookupError) as error:
        raise Torn("the XML is cut or malformed") from error
    return root


def fields_of(element: Element) -> Tree:
    """Attributes and child elements alike as names and texts; messages of a list are left out."""
    children = {child.tag: (child.text or "").strip() for child in element if child.tag != "sms"}
    return {**children, **element.attrib}


def messages_of(element: Element) -> list[Tree]:
    """The ``<sms>`` elements of a list; their content is the text."""
    return [_message(child) for child in element if child.tag == "sms"]


def content_of(element: Element) -> str:
    return (element.text or "").strip()


def write_xml(name: str, attributes: Mapping[str, object], content: str | Iterable[str] = "") -> str:
    """Write one element; ``content`` is text, or elements that are written already."""
    written = "".join(f' {key}="{_attribute(value)}"' for key, value in attributes.items())
    inner = xml_text(content) if isinstance(content, str) else "".join(content)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def xml_text(text: str) -> str:
    """Escape content; characters that XML cannot hold become U+FFFD."""
    return _escaped(text, _IN_CONTENT)


def xml_document(element: str) -> bytes:
    return (XML_HEAD + element).encode()


def _attribute(value: object) -> str:
    return _escaped(str(value), _IN_ATTRIBUTE)


def _escaped(text: str, further: Mapping[str, str]) -> str:
    from xml.sax.saxutils import escape

    return escape(re.sub(_NOT_IN_XML, "\ufffd", text), {**further})


def _message(element: Element) -> Tree:
    fields = {child.tag: child.text or "" for child in element} | element.attrib
    text = element.text or ""
    if text.strip() or "text" not in fields:
        fields["text"] = text
    return fields


def _without_surrogates(tree: Any) -> Any:
    if isinstance(tree, str):
        return re.sub(_SURROGATE, "\ufffd", tree)
    plain = msgspec.to_builtins(tree, builtin_types=(Decimal,)) if isinstance(tree, msgspec.Struct) else tree
    if isinstance(plain, Mapping):
        return {key: _without_surrogates(value) for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [_without_surrogates(value) for value in plain]
    return plain
