"""The gateway's side of the wire: reads requests with all leniencies, writes answers of both versions.

Whatever comes is read into a value; what cannot be read is a :class:`Wrong` with its code. Accounts,
senders and money are not its question.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

import msgspec

from pilotbridge.smspilot.wire.asked_sms import PacketDefaults, read_message
from pilotbridge.smspilot.wire.documents import (
    Tree,
    content_of,
    fields_of,
    form_of,
    messages_of,
    read_json,
    read_xml,
    without_bom,
    write_json,
    write_xml,
    xml_document,
    xml_text,
)
from pilotbridge.smspilot.wire.errors import Kind, code_of
from pilotbridge.smspilot.wire.parameters import flat_tree, read_form, read_query
from pilotbridge.smspilot.wire.times import NO_DATE, read_gmt
from pilotbridge.smspilot.wire.torn import Torn
from pilotbridge.smspilot.wire.values import (
    Answer,
    AskBalance,
    Asked,
    AskedSend,
    AskInbound,
    AskInfo,
    BalanceAnswer,
    CheckAnswer,
    Checked,
    CheckIds,
    CheckPacket,
    Credentials,
    Entry,
    ErrorAnswer,
    Form,
    InboundAnswer,
    InfoAnswer,
    Received,
    SendAnswer,
    Version,
    Wrong,
)

_NO_INPUT, _UNKNOWN_FORMAT, _BAD_XML, _BAD_JSON, _NO_COMMAND = 10, 11, 12, 13, 14
_BAD_LIST, _BAD_CHECK_LIST, _BAD_PACKET_ID, _BAD_SINCE = 240, 303, 304, 500
_MALFORMED = "\x00malformed"

# --- reading requests -------------------------------------------------------------------------------


def read_request(query: str, body: bytes) -> Asked:
    """Read one request from what stands after ``?`` and its body. Never raises.

    Beside a document in the body only ``debug`` and ``r`` of the query count; flat parameters of both
    are one command, the body's first.
    """
    parameters = read_query(query)
    document = without_bom(body)
    asked = _read_document(document, parameters) if document else _read_parameters(parameters)
    return _with_extras(asked, parameters)


def _with_extras(asked: Asked, parameters: dict[str, str]) -> Asked:
    debug, referral = parameters.get("debug", ""), parameters.get("r", "")
    if not (debug or referral):
        return asked
    return Asked(asked.form, asked.credentials, asked.command, debug or asked.debug, referral)


def _read_document(document: bytes, query: dict[str, str]) -> Asked:
    form = form_of(document)
    if form is not None:
        return _read_json(document) if form is Form.JSON else _read_xml(document)
    try:
        return _read_parameters(query | read_form(document))
    except Torn:
        return _unreadable(Form.JSON, _UNKNOWN_FORMAT)


def _read_parameters(parameters: dict[str, str]) -> Asked:
    if "json" in parameters:
        return _read_json(parameters["json"])
    if "xml" in parameters:
        return _read_xml(parameters["xml"])
    if not parameters.keys() - {"debug", "r"}:
        return _unreadable(Form.JSON, _NO_INPUT)
    form = Form.XML if parameters.get("format", "").lower() == Form.XML else Form.JSON
    return _asked(form, flat_tree(parameters))


def _read_json(document: bytes | str) -> Asked:
    try:
        return _asked(Form.JSON, read_json(document))
    except Torn:
        return _unreadable(Form.JSON, _BAD_JSON)


def _read_xml(document: bytes | str) -> Asked:
    try:
        return _asked(Form.XML, _tree_of(read_xml(document)))
    except Torn:
        return _unreadable(Form.XML, _BAD_XML)


def _unreadable(form: Form, code: int) -> Asked:
    return Asked(form, None, Wrong(code))


def _tree_of(root: Element) -> Tree:
    fields = fields_of(root)
    match root.tag:
        case "send":
            wanted: Any = messages_of(root)
        case "check":
            wanted = messages_of(root) or ("server_packet_id" in fields or [])
        case "balance":
            wanted = fields.get("return") or content_of(root) or "rur"
        case "info" | "inbound":
            wanted = True
        case _:
            return fields
    return fields | {root.tag: wanted}


def _asked(form: Form, tree: Tree) -> Asked:
    return Asked(form, _credentials(tree), _command(tree), _string(tree.get("debug")))


def _credentials(tree: Tree) -> Credentials:
    """What is no string cannot be the right one, yet it was given: it counts as malformed."""
    return Credentials(*(_secret(tree.get(name)) for name in Credentials.__struct_fields__))


def _secret(value: Any) -> str:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value) if abs(value) < 2**64 else _MALFORMED
    return _MALFORMED if value else ""


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _command(
    tree: Tree,
) -> AskedSend | CheckIds | CheckPacket | AskBalance | AskInfo | AskInbound | Wrong:
    """The first command in this order counts; a document has one."""
    if "send" in tree:
        return _send(tree)
    if "check" in tree:
        return _check(tree)
    if "balance" in tree:
        return AskBalance(in_sms=_string(tree["balance"]).strip().lower() not in ("rur", "rub"))
    if "info" in tree:
        return AskInfo()
    if "inbound" in tree:
        return _inbound(tree)
    return Wrong(_NO_COMMAND)


def _send(tree: Tree) -> AskedSend | Wrong:
    messages = tree["send"]
    if not isinstance(messages, list) or not messages or not all(type(row) is dict for row in messages):
        return Wrong(_BAD_LIST)
    defaults = PacketDefaults.of(tree)
    return AskedSend(
        tuple([read_message(row, defaults) for row in messages]),
        test=_is_on(tree.get("test")),
        cost=_is_on(tree.get("cost")),
    )


def _is_on(value: Any) -> bool:
    return value not in (None, False, 0, "", "0", "false")


def _check(tree: Tree) -> CheckIds | CheckPacket | Wrong:
    wanted = tree["check"]
    if isinstance(wanted, list):
        return CheckIds(tuple(_asked_id(row) for row in wanted)) if wanted else Wrong(_BAD_CHECK_LIST)
    if isinstance(wanted, dict):
        return Wrong(_BAD_CHECK_LIST)
    packet_id = _asked_id(tree.get("server_packet_id"))
    return CheckPacket(packet_id) if packet_id.isascii() and packet_id.isdigit() else Wrong(_BAD_PACKET_ID)


def _asked_id(row: Any) -> str:
    """An id as a string or number, bare or in an object; empty when there is none."""
    value = row.get("server_id") if isinstance(row, dict) else row
    if type(value) is int:
        return str(value) if abs(value) < 2**64 else "?"
    return value.strip() if isinstance(value, str) else ""


def _inbound(tree: Tree) -> AskInbound | Wrong:
    since = tree.get("since")
    if since is None or since == "":
        return AskInbound()
    try:
        return AskInbound(read_gmt(_string(since)))
    except Torn:
        return Wrong(_BAD_SINCE)


# --- writing answers --------------------------------------------------------------------------------


def refusal(code: int) -> ErrorAnswer:
    """The top-level error of ``code`` in the gateway's words, of which an unknown one has none."""
    row = code_of(code)
    if row.kind is Kind.UNKNOWN:
        return ErrorAnswer(code)
    return ErrorAnswer(code, row.english, row.russian)


def write_answer(answer: Answer, form: Form, version: Version = Version.V2_5) -> bytes:
    """Write one answer as that version of the gateway does; XML knows only strings."""
    if form is Form.XML:
        return xml_document(_xml_answer(answer, version))
    return write_json(_json_answer(answer, version))


def _json_answer(answer: Answer, version: Version) -> Tree:
    strings = version is Version.V2_4_13
    match answer:
        case SendAnswer():
            return _old_packet(answer) if strings else _packet(answer)
        case CheckAnswer(entries):
            return {"check": [_old_checked(entry) for entry in entries] if strings else entries}
        case BalanceAnswer(amount):
            return {"balance": amount}
        case InfoAnswer(fields):
            return {"info": fields}
        case InboundAnswer(entries):
            return {"inbound": entries}
        case _:
            return {"error": _told(answer)}


def _packet(answer: SendAnswer) -> Tree:
    return {
        "server_packet_id": answer.server_packet_id,
        "balance": answer.balance,
        "cost": answer.cost,
        "send": answer.entries,
    }


def _old_packet(answer: SendAnswer) -> Tree:
    entries = [
        {**_strings(entry), "send_datetime": entry.send_datetime or NO_DATE} for entry in answer.entries
    ]
    return {
        "send": entries,
        "server_packet_id": answer.server_packet_id,
        "balance": _written(answer.balance),
    }


def _old_checked(entry: Checked) -> dict[str, str]:
    """The seed's entry of a check has no error."""
    fields = _strings(entry)
    del fields["error"]
    return fields


def _strings(row: Entry | Checked | Received) -> dict[str, str]:
    """Every field of a row by its name on the wire, as a string."""
    names = row.__struct_encode_fields__
    return {name: _written(value) for name, value in zip(names, msgspec.structs.astuple(row), strict=True)}


def _written(value: Decimal | int | str | None) -> str:
    return "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


def _xml_answer(answer: Answer, version: Version) -> str:
    match answer:
        case SendAnswer():
            packet = {"server_packet_id": answer.server_packet_id, "balance": _written(answer.balance)}
            if version is Version.V2_5:
                packet["cost"] = _written(answer.cost)
            return write_xml("send", packet, [_xml_row(_strings(entry)) for entry in answer.entries])
        case CheckAnswer(entries):
            fields = _strings if version is Version.V2_5 else _old_checked
            return write_xml("check", {}, [_xml_row(fields(entry)) for entry in entries])
        case BalanceAnswer(amount):
            return write_xml("balance", {}, _written(amount))
        case InfoAnswer(fields):
            return write_xml("info", {}, _xml_elements(_tightened(fields)))
        case InboundAnswer(entries):
            return write_xml("inbound", {}, [_xml_row(_strings(entry)) for entry in entries])
        case _:
            return write_xml("error", {}, _xml_elements(_told(answer)))


def _told(refused: ErrorAnswer) -> dict[str, str]:
    told = {"code": str(refused.error), "description": refused.description}
    return told | {"description_ru": refused.description_ru}


def _xml_elements(fields: Mapping[str, str]) -> list[str]:
    return [f"<{name}>{xml_text(value)}</{name}>" for name, value in fields.items()]


def _tightened(fields: Mapping[str, str]) -> dict[str, str]:
    """The list of senders has a space after its commas in JSON and none in XML."""
    return {name: value.replace(", ", ",") if name == "senders" else value for name, value in fields.items()}


def _xml_row(fields: dict[str, str]) -> str:
    text = fields.pop("text", "")
    return write_xml("sms", fields, text)
