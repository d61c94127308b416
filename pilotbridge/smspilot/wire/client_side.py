"""The client's side of the wire: writes requests, reads answers of every version, JSON and XML.

It takes numbers or strings, both empty dates and unknown fields; whatever is cut, torn or of another
kind raises :class:`Torn`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pilotbridge.smspilot.wire.documents import (
    Tree,
    content_of,
    fields_of,
    form_of,
    messages_of,
    read_json_of_texts,
    read_xml,
    without_bom,
    write_json,
    write_xml,
    xml_document,
)
from pilotbridge.smspilot.wire.fields import (
    as_decimal,
    as_integer,
    as_integer_or_zero,
    as_list,
    as_money,
    as_text,
    as_told,
)
from pilotbridge.smspilot.wire.times import write_gmt
from pilotbridge.smspilot.wire.torn import Torn
from pilotbridge.smspilot.wire.values import (
    AskBalance,
    AskInfo,
    BalanceAnswer,
    CheckAnswer,
    Checked,
    CheckIds,
    CheckPacket,
    Command,
    Credentials,
    Entry,
    ErrorAnswer,
    Form,
    InboundAnswer,
    InfoAnswer,
    Received,
    Send,
    SendAnswer,
    Sms,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

A = TypeVar("A")

# In this order: the answer to a packet tells the balance too.
_KINDS = ("send", "check", "info", "inbound", "balance")

# --- writing requests -------------------------------------------------------------------------------


def write_request(command: Command, credentials: Credentials, form: Form = Form.JSON) -> bytes:
    """Write one command as a document; the same values always give the same bytes."""
    fields = _credential_fields(credentials) | _command_fields(command)
    if form is Form.JSON:
        return write_json(fields)
    return xml_document(_xml_request(_name(command), fields))


def _credential_fields(credentials: Credentials) -> Tree:
    if credentials.apikey:
        return {"apikey": credentials.apikey}
    return {"login": credentials.login, "password": credentials.password}


def _name(command: Command) -> str:
    match command:
        case Send():
            return "send"
        case CheckIds() | CheckPacket():
            return "check"
        case AskBalance():
            return "balance"
        case AskInfo():
            return "info"
        case _:
            return "inbound"


def _command_fields(command: Command) -> Tree:
    match command:
        case Send():
            return _packet_fields(command)
        case CheckIds(server_ids):
            return {"check": [{"server_id": server_id} for server_id in server_ids]}
        case CheckPacket(server_packet_id):
            return {"check": True, "server_packet_id": server_packet_id}
        case AskBalance(in_sms):
            return {"balance": "sms" if in_sms else "rur"}
        case AskInfo():
            return {"info": True}
        case _:
            return {"inbound": True} | ({"since": write_gmt(command.since)} if command.since else {})


def _packet_fields(packet: Send) -> Tree:
    fields = _shared_fields(packet)
    if packet.test:
        fields["test"] = 1
    if packet.cost:
        fields["cost"] = 1
    fields["send"] = [_sms_fields(sms) for sms in packet.messages]
    return fields


def _sms_fields(sms: Sms) -> Tree:
    return {"id": sms.id, "to": sms.to, "text": sms.text} | _shared_fields(sms)


def _shared_fields(asked: Send | Sms) -> Tree:
    """What a message and its packet can both say, the empty left out."""
    fields: Tree = {}
    if asked.sender:
        fields["from"] = asked.sender
    if asked.send_at:
        fields["send_datetime"] = write_gmt(asked.send_at)
    if asked.callback:
        fields["callback"] = asked.callback
    if asked.callback_method:
        fields["callback_method"] = asked.callback_method
    if asked.ttl_min is not None:
        fields["ttl"] = asked.ttl_min
    return fields


def _xml_request(name: str, fields: Tree) -> str:
    wanted = fields.pop(name)
    if isinstance(wanted, str):
        fields["return"] = wanted
    messages = wanted if isinstance(wanted, list) else []
    return write_xml(name, fields, [_xml_sms(message) for message in messages])


def _xml_sms(message: Tree) -> str:
    text = message.pop("text", "")
    return write_xml("sms", message, text)


# --- reading answers --------------------------------------------------------------------------------


def read_send_answer(body: bytes) -> SendAnswer | ErrorAnswer:
    """:raises Torn: unless ``body`` is a whole answer to a packet, or a top-level error."""
    return _read(body, "send", _send_answer)


def read_check_answer(body: bytes) -> CheckAnswer | ErrorAnswer:
    """:raises Torn: unless ``body`` is a whole answer to a check, or a top-level error."""
    return _read(body, "check", _check_answer)


def read_balance_answer(body: bytes) -> BalanceAnswer | ErrorAnswer:
    """:raises Torn: unless ``body`` is a whole answer about the balance, or a top-level error."""
    return _read(body, "balance", _balance_answer)


def read_info_answer(body: bytes) -> InfoAnswer | ErrorAnswer:
    """:raises Torn: unless ``body`` is a whole answer about the account, or a top-level error."""
    return _read(body, "info", _info_answer)


def read_inbound_answer(body: bytes) -> InboundAnswer | ErrorAnswer:
    """:raises Torn: unless ``body`` is a whole list of incoming messages, or a top-level error."""
    return _read(body, "inbound", _inbound_answer)


def _read(body: bytes, name: str, answer: Callable[[Tree], A]) -> A | ErrorAnswer:
    tree = _tree_of(body)
    kind = next((kind for kind in _KINDS if kind in tree), None)
    error = tree.get("error")
    if kind == name and not isinstance(error, dict):
        return answer(tree)
    # Whoever refuses for want of money may say beside it how much there is.
    if kind in (None, "balance") and isinstance(error, dict):
        return _error_answer(error)
    raise Torn(f"it is neither an answer to {name} nor an error")


def _tree_of(body: bytes) -> Tree:
    match form_of(body):
        case Form.JSON:
            return read_json_of_texts(without_bom(body))
        case Form.XML:
            return _xml_tree(read_xml(without_bom(body)))
        case _:
            raise Torn("it is neither JSON nor XML")


def _xml_tree(root: Element) -> Tree:
    if root.tag == "error":
        return {"error": {"code": content_of(root)} | fields_of(root)}
    inner = root.find("error")
    if inner is not None and len(root) == 1:
        return {"error": fields_of(inner)}
    match root.tag:
        case "balance":
            return {"balance": content_of(root)}
        case "info":
            return {"info": fields_of(root)}
        case name:
            return fields_of(root) | {name: messages_of(root)}


def _send_answer(tree: Tree) -> SendAnswer:
    return SendAnswer(
        as_text(tree.get("server_packet_id"), "server_packet_id"),
        as_money(tree.get("balance"), "balance"),
        as_money(tree.get("cost"), "cost"),
        _readable(as_list(tree["send"], "send"), _entry),
    )


def _readable(rows: list[Tree], read: Callable[[Tree], A]) -> tuple[A, ...]:
    """The rows that can be read: one that cannot says nothing of its message, and costs no other its word.

    :raises Torn: when none of them can.
    """
    found, fault = [], None
    for row in rows:
        try:
            found.append(read(row))
        except Torn as torn:
            fault = torn
    if fault is not None and not found:
        raise fault
    return tuple(found)


def _entry(row: Tree) -> Entry:
    get = row.get
    return Entry(
        as_integer_or_zero(get("id"), "id"),
        as_text(get("server_id"), "server_id"),
        as_text(get("from"), "from"),
        as_text(get("to"), "to"),
        as_text(get("text"), "text"),
        as_integer_or_zero(get("parts"), "parts"),
        as_integer(get("status"), "status"),
        as_integer_or_zero(get("error"), "error"),
        as_text(get("send_datetime"), "send_datetime"),
        as_text(get("country"), "country"),
        as_text(get("operator"), "operator"),
        as_money(get("price"), "price"),
    )


def _check_answer(tree: Tree) -> CheckAnswer:
    return CheckAnswer(_readable(as_list(tree["check"], "check"), _checked))


def _checked(row: Tree) -> Checked:
    return Checked(
        as_integer_or_zero(row.get("id"), "id"),
        as_text(row.get("server_id"), "server_id"),
        as_integer(row.get("status"), "status"),
        as_text(row.get("modified"), "modified"),
        as_integer_or_zero(row.get("error"), "error"),
    )


def _balance_answer(tree: Tree) -> BalanceAnswer:
    return BalanceAnswer(as_decimal(tree["balance"], "balance"))


def _info_answer(tree: Tree) -> InfoAnswer:
    told = tree["info"]
    if not isinstance(told, dict):
        raise Torn("info is no object")
    return InfoAnswer(
        {name: as_told(value) for name, value in told.items() if not isinstance(value, dict | list)}
    )


def _inbound_answer(tree: Tree) -> InboundAnswer:
    return InboundAnswer(tuple(_received(row) for row in as_list(tree["inbound"], "inbound")))


def _received(row: Tree) -> Received:
    """Whoever wrote it, whenever, in whatever types: a row that is left out is lost."""
    return Received(*(as_told(row.get(name)) for name in Received.__struct_fields__))


def _error_answer(error: Tree) -> ErrorAnswer:
    code = as_integer(error.get("code"), "code")
    if not code:
        raise Torn("an error whose code says success")
    return ErrorAnswer(
        code,
        as_text(error.get("description"), "description"),
        as_text(error.get("description_ru"), "description_ru"),
    )
