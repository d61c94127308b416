"""What the control shows: plain facts with stable names, newest first where there are many.

Times are ISO 8601 in UTC, by the sandbox's own clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from itertools import islice
from typing import Any

import msgspec

from pilotbridge.clock import from_ms
from pilotbridge.sandbox.faults import ArmedFault, phones_of
from pilotbridge.sandbox.journal import Arrival
from pilotbridge.sandbox.messages import SentSms, WrittenSms
from pilotbridge.sandbox.world import World
from pilotbridge.smspilot.wire import ASSUMPTIONS

Json = dict[str, Any]
Query = Mapping[str, str]
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the world at a moment; ``query`` chooses."""

    world: World
    at_ms: int
    query: Query = field(default_factory=dict)


def summary(look: Look) -> Json:
    return {
        "now": iso(look.at_ms),
        "offset_s": look.world.offset_ms / 1000,
        "requests": look.world.journal.total,
        "messages": len(look.world.messages),
        "inbound": len(look.world.written),
        "callbacks": len(look.world.callbacks.log),
        "faults": len(look.world.faults),
        "accounts": {name: account.balance_rub for name, account in look.world.accounts.items()},
        "assumptions": len(ASSUMPTIONS),
    }


def account(look: Look) -> Json | None:
    """Every setting of the account ``name``, None when there is no such account."""
    found = look.world.accounts.get(look.query.get("name", "main"))
    return msgspec.to_builtins(found) if found else None


def scripts(look: Look) -> list[Json]:
    return [
        {"phone": phone, "scripts": msgspec.to_builtins(waiting)}
        for phone, waiting in look.world.scripts.items()
        if waiting
    ]


def faults(look: Look) -> list[Json]:
    return [armed(fault) for fault in look.world.faults]


def armed(fault: ArmedFault) -> Json:
    shown: Json = msgspec.to_builtins(fault.rule)
    until_ms = shown.pop("until_ms")
    return {
        "id": fault.id,
        "struck": fault.struck,
        "until": None if until_ms is None else iso(until_ms),
    } | shown


def phones(look: Look) -> list[Json]:
    """Every phone that took part, the latest first; ``limit`` phones with as many texts each."""
    last: dict[str, int] = {phone: 0 for phone, waiting in look.world.scripts.items() if waiting}
    last |= {phone: sent[-1].taken_ms for phone, sent in look.world.to_phone.items() if sent}
    for row in look.world.written:
        last[row.phone] = max(last.get(row.phone, 0), row.created_ms)
    newest = sorted(last, key=lambda phone: -last[phone])
    return [
        phone(look.world, look.at_ms, number, limit_of(look.query))
        for number in newest[: limit_of(look.query)]
    ]


def phone(world: World, at_ms: int, number: str, limit: int | None = None) -> Json:
    """A phone: what it has received, what is on its way, what it has written, how it could answer."""
    sent_here = list(islice(reversed(world.to_phone.get(number, [])), limit))
    written_here = [row for row in world.written if row.phone == number]
    line = next((line for known in world.accounts.values() for line in known.lines), None)
    return {
        "phone": number,
        "received": [sent(message, at_ms) for message in sent_here if message.is_on_phone(at_ms)],
        "expected": [sent(message, at_ms) for message in sent_here if not message.is_on_phone(at_ms)],
        "written": [written(row) for row in reversed(written_here[-(limit or len(written_here)) :])],
        "reply_to": None if line is None else {"number": line.number, "prefix": line.prefix},
        "scripts": msgspec.to_builtins(world.scripts.get(number, [])),
    }


def messages(look: Look) -> list[Json]:
    """Messages, newest first; ``phone``, ``status`` and ``text`` choose."""
    number = _number(look.query)
    chosen: Iterable[SentSms] = (
        look.world.to_phone.get(number, []) if number else look.world.messages.values()
    )
    found = (message for message in reversed(list(chosen)) if _is_asked_for(message, look.at_ms, look.query))
    return [sent(message, look.at_ms) for message in islice(found, limit_of(look.query))]


def _is_asked_for(message: SentSms, at_ms: int, query: Query) -> bool:
    if "status" in query and str(message.status_at(at_ms).status) != query["status"]:
        return False
    return query.get("text", "") in message.text


def find_message(world: World, server_id: str) -> SentSms | None:
    is_id = server_id.isascii() and server_id.isdigit() and len(server_id) < 20
    return world.messages.get(int(server_id)) if is_id else None


def sent(message: SentSms, at_ms: int) -> Json:
    now = message.status_at(at_ms)
    return {
        "server_id": str(message.server_id),
        "server_packet_id": str(message.packet_id),
        "id": message.client_id,
        "account": message.account,
        "to": message.to,
        "from": message.sender,
        "text": message.text,
        "parts": message.parts,
        "price": message.price,
        "status": now.status,
        "error": now.error,
        "status_since": iso(now.since_ms),
        "taken": iso(message.taken_ms),
        "send_datetime": message.send_datetime,
        "callback": message.callback,
        "callback_method": message.callback_method,
        "test": message.is_test,
        "can_be_answered": message.sender.isdigit(),
    }


def inbound(look: Look) -> list[Json]:
    return [written(row) for row in islice(reversed(look.world.written), limit_of(look.query))]


def written(row: WrittenSms) -> Json:
    return {
        "id": str(row.id),
        "account": row.account,
        "phone": row.phone,
        "num": row.number,
        "text": row.text,
        "created": iso(row.created_ms),
        "visible": iso(row.visible_ms),
    }


def requests(look: Look) -> list[Json]:
    """What arrived at the gateway, newest first; ``phone``, ``command`` and ``outcome`` choose."""
    found = (arrival for arrival in reversed(look.world.journal) if _is_wanted(arrival, look.query))
    return [arrived(arrival) for arrival in islice(found, limit_of(look.query))]


def _is_wanted(arrival: Arrival, query: Query) -> bool:
    if query.get("command", arrival.command) != arrival.command:
        return False
    if query.get("outcome", arrival.outcome) != arrival.outcome:
        return False
    number = _number(query)
    return not number or number in phones_of(arrival.asked)


def _number(query: Query) -> str:
    """The number asked for; the plus of one in a query arrives as a blank."""
    return query.get("phone", "").strip("+ ")


def arrived(arrival: Arrival) -> Json:
    request, asked = arrival.request, arrival.asked
    return {
        "number": arrival.number,
        "at": iso(arrival.at_ms),
        "client": request.client,
        "method": request.method,
        "content_type": request.headers.get("content-type", ""),
        "user_agent": request.headers.get("user-agent", ""),
        "form": asked.form,
        "command": arrival.command,
        "messages": arrival.messages,
        "outcome": arrival.outcome,
        "taken": arrival.taken,
        "error": arrival.error,
        "server_ids": [str(server_id) for server_id in arrival.server_ids],
        "debug": asked.debug,
        "r": asked.referral,
        "query": request.query,
        "body": request.body.decode("utf-8", "replace"),
    }


def callbacks(look: Look) -> list[Json]:
    """Callbacks that were made, newest first."""
    return [
        {
            "at": iso(told.at_ms),
            "server_id": str(told.call.server_id),
            "method": told.call.method,
            "url": told.call.url,
            "status": told.call.status,
            "error": told.call.error,
            "tries": told.call.tries + 1,
            "ok": told.heard.is_ok,
            "answer_status": told.heard.status,
            "answer": told.heard.body,
        }
        for told in islice(reversed(look.world.callbacks.log), limit_of(look.query))
    ]


def time(look: Look) -> Json:
    return {"now": iso(look.at_ms), "offset_s": look.world.offset_ms / 1000}


def assumptions(_look: Look) -> list[Json]:
    return [{"topic": one.topic, "says": one.says} for one in ASSUMPTIONS]


def iso(ms: int) -> str:
    return from_ms(ms).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def limit_of(query: Query) -> int:
    written_limit = query.get("limit", "")
    is_number = written_limit.isascii() and written_limit.isdigit() and len(written_limit) < 10
    return int(written_limit) if is_number else LIMIT
