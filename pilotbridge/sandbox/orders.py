"""What the control can change: accounts, scripts, faults, time, a text from a phone.

Every order is checked whole before anything changes, and answers what stands afterwards.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from dataclasses import fields as fields_of
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, get_type_hints

import msgspec

from pilotbridge.clock import to_ms
from pilotbridge.sandbox import views
from pilotbridge.sandbox.account import Account, Line
from pilotbridge.sandbox.faults import FaultRule
from pilotbridge.sandbox.messages import WrittenSms
from pilotbridge.sandbox.network import Script
from pilotbridge.sandbox.views import Look
from pilotbridge.sandbox.world import World

Json = dict[str, Any]
T = TypeVar("T")
_COMMANDS = ("send", "check", "balance", "info", "inbound")
_AT_FIELD = re.compile(r"at `\$\.(\w+)`$")
_LATEST_MS = 253_000_000_000_000
LONGEST_S = 1e10
_RICHEST_RUB, _CHEAPEST_RUB = 1_000_000_000, Decimal("0.0001")


class Refusal(Exception):
    """An order that is not carried out; ``told`` says why and what would be."""

    def __init__(self, reason: str, status: int = 400, **more: Any) -> None:
        super().__init__(reason)
        self.told = {"error": reason, **more}
        self.status = status


@dataclass(frozen=True, slots=True)
class Order:
    """One order at a moment, and the fields of its body."""

    world: World
    at_ms: int
    fields: Mapping[str, Any] = field(default_factory=dict)

    def look(self) -> Look:
        return Look(self.world, self.at_ms)


def digits(phone: Any) -> str:
    """A phone as the gateway keeps it: digits only, 8 and ten digits as 7."""
    written = "".join(char for char in str(phone) if char not in "+()- ")
    if not (written.isascii() and written.isdigit() and 10 <= len(written) <= 15):
        raise Refusal("phone must be 10 to 15 digits in international form")
    return "7" + written[1:] if len(written) == 11 and written[0] == "8" else written


def change_account(order: Order) -> Json | None:
    """Change the settings that are named; a new ``name`` makes an account, with no key of its own."""
    check_names(order.fields, (known.name for known in fields_of(Account)))
    name = converted(order.fields.get("name", "main"), str)
    known = order.world.accounts.get(name) or Account(name, apikeys=(), login=name)
    account = converted(msgspec.to_builtins(known) | order.fields, Account)
    _check_money(account)
    _check_waits(
        account.guard_s, account.operator_after_s, account.final_after_s, *account.callback_retries_s
    )
    if (
        "default_sender" not in order.fields
        and account.senders
        and account.default_sender not in account.senders
    ):
        account = replace(account, default_sender=account.senders[0])
    order.world.set_account(account)
    return views.account(Look(order.world, order.at_ms, {"name": name}))


def _check_money(account: Account) -> None:
    """:raises Refusal: for sums that every later request would stumble over."""
    balance, price = account.balance_rub, account.price_rub
    if not (balance.is_finite() and abs(balance) <= _RICHEST_RUB):
        raise Refusal(f"balance_rub must be between {-_RICHEST_RUB} and {_RICHEST_RUB}")
    if not (price.is_finite() and (price == 0 or _CHEAPEST_RUB <= price <= _RICHEST_RUB)):
        raise Refusal(f"price_rub must be 0, or between {_CHEAPEST_RUB} and {_RICHEST_RUB}")


def _check_waits(*waits_s: float) -> None:
    if not all(0 <= wait_s <= LONGEST_S for wait_s in waits_s):
        raise Refusal(f"seconds must be between 0 and {LONGEST_S:.0f}")


def set_script(order: Order) -> list[Json]:
    fields = dict(order.fields)
    phone = digits(fields.pop("phone", ""))
    check_names(fields, (known.name for known in fields_of(Script)))
    script = converted(fields, Script)
    if script.count is not None and script.count < 1:
        raise Refusal("count must be at least 1")
    _check_waits(script.operator_after_s or 0, script.final_after_s or 0)
    order.world.set_script(phone, script)
    return views.scripts(order.look())


def clear_scripts(order: Order) -> list[Json]:
    phones = [digits(order.fields["phone"])] if "phone" in order.fields else list(order.world.scripts)
    order.world.clear_scripts(phones)
    return views.scripts(order.look())


def add_fault(order: Order) -> Json:
    """Let requests fail; ``for_s`` ends the fault by time instead of by count."""
    fields = dict(order.fields)
    for_s = fields.pop("for_s", None)
    check_names(fields, (known.name for known in fields_of(FaultRule) if known.name != "until_ms"))
    if fields.get("phone"):
        fields["phone"] = digits(fields["phone"])
    if for_s is not None:
        fields = {"count": None, "until_ms": order.at_ms + milliseconds(for_s)} | fields
    rule = converted(fields, FaultRule)
    if rule.command and rule.command not in _COMMANDS:
        raise Refusal(f"command must be one of {', '.join(_COMMANDS)}")
    if not 100 <= rule.status <= 599 or not 0 <= rule.seconds <= LONGEST_S or rule.at_byte < 0:
        raise Refusal(
            f"status must be 100 to 599, seconds 0 to {LONGEST_S:.0f}, and at_byte must not be negative"
        )
    check_dice(rule.probability, rule.count)
    return views.armed(order.world.add_fault(rule))


def check_dice(probability: float, count: int | None) -> None:
    """:raises Refusal: unless a fault with these can strike at all."""
    if not 0 <= probability <= 1 or (count is not None and count < 1):
        raise Refusal("probability must be 0 to 1, and count at least 1 or null")


def clear_faults(order: Order) -> list[Json]:
    which = order.fields.get("id")
    order.world.faults = [fault for fault in order.world.faults if which is not None and fault.id != which]
    return views.faults(order.look())


def move_time(order: Order) -> Json:
    """Move the sandbox's clock by ``advance_s``, to ``offset_s`` from the machine's, or to ``now``."""
    machine_ms = order.at_ms - order.world.offset_ms
    match dict(order.fields):
        case {"advance_s": seconds}:
            moved_ms = order.at_ms + milliseconds(seconds)
        case {"offset_s": seconds}:
            moved_ms = machine_ms + milliseconds(seconds)
        case {"now": str(written)}:
            moved_ms = to_ms(_moment(written))
        case _:
            raise Refusal('say {"advance_s": 60}, {"offset_s": 0} or {"now": "2026-01-01T00:00:00Z"}')
    if not 0 <= moved_ms < _LATEST_MS:
        raise Refusal("time must stay between 1970 and 9986")
    order.world.move_time(moved_ms - machine_ms)
    return views.time(Look(order.world, moved_ms))


def write_sms(order: Order, phone: str) -> Json:
    """A phone sends a text to a service number; it cannot answer a sender in letters.

    Without ``to`` the first service number is meant and its prefix is put before the text where it is
    missing. ``delay_s`` keeps the row back while ``created`` stays.
    """
    check_names(order.fields, ("text", "to", "delay_s"))
    text, to = order.fields.get("text"), order.fields.get("to")
    if not isinstance(text, str) or not text.strip():
        raise Refusal("text is missing")
    account, line = _line_to(order.world, "" if to is None else str(to))
    written = WrittenSms(
        order.world.next_written,
        account.name,
        digits(phone),
        line.number,
        _addressed(text, line, as_it_is=to is not None),
        order.at_ms,
        order.at_ms + milliseconds(order.fields.get("delay_s", 0)),
    )
    order.world.add_written(written)
    return views.written(written)


def set_status(order: Order, server_id: str) -> Json:
    """The network says something else than it would have."""
    check_names(order.fields, ("status", "error"))
    message = views.find_message(order.world, server_id)
    if message is None:
        raise Refusal(f"there is no message {server_id}", 404)
    status = converted(order.fields.get("status"), int)
    if status not in (-1, 0, 1, 2):
        raise Refusal("status must be -1, 0, 1 or 2")
    order.world.set_status(message, status, converted(order.fields.get("error", 0), int), order.at_ms)
    return views.sent(message, order.at_ms)


def clear_requests(order: Order) -> Json:
    order.world.journal.clear()
    return views.summary(order.look())


def reset(order: Order) -> Json:
    """Forget everything, settings too; the clock goes back to the machine's."""
    machine_ms = order.at_ms - order.world.offset_ms
    order.world.reset()
    return views.summary(Look(order.world, machine_ms))


def _line_to(world: World, number: str) -> tuple[Account, Line]:
    lines = [(account, line) for account in world.accounts.values() for line in account.lines]
    if not lines:
        raise Refusal("no account has a service number", 409)
    if not number:
        return lines[0]
    found = next(((account, line) for account, line in lines if line.number == number.lstrip("+")), None)
    if found is not None:
        return found
    if any(char.isalpha() for char in number):
        raise Refusal(f"a phone cannot answer {number}: it is a name", 409, offer=_offer(lines[0][1]))
    raise Refusal(f"{number} is no service number", 404, offer=_offer(lines[0][1]))


def _offer(line: Line) -> Json:
    return {"number": line.number, "prefix": line.prefix}


def _addressed(text: str, line: Line, *, as_it_is: bool) -> str:
    """The text with the line's prefix before it."""
    if not line.prefix or text == line.prefix or text.startswith(line.prefix + " "):
        return text
    if as_it_is:
        raise Refusal(
            "without its prefix the gateway does not know whose text it is", 422, offer=_offer(line)
        )
    return f"{line.prefix} {text}"


def milliseconds(seconds: Any) -> int:
    amount = converted(seconds, float)
    if not -LONGEST_S <= amount <= LONGEST_S:
        raise Refusal("that is too long")
    return int(amount * 1000)


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise Refusal(f"{written!r} is no time; write 2026-01-01T00:00:00Z") from error
    if moment.tzinfo is None:
        raise Refusal("a time needs a zone, such as Z at its end")
    return moment


def check_names(fields: Iterable[str], known: Iterable[str]) -> None:
    names = tuple(known)
    for name in fields:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f", did you mean {near[0]}?" if near else f"; known are {', '.join(names)}"
            raise Refusal(f"there is no {name!r}{hint}")


def converted(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal(f"{error}{_known_words(error, kind)}") from error


def _known_words(error: msgspec.ValidationError, kind: object) -> str:
    """What may stand in a field of ``kind`` that takes only certain words."""
    found = _AT_FIELD.search(str(error))
    wanted = get_type_hints(kind).get(found[1]) if found else kind
    if not (isinstance(wanted, type) and issubclass(wanted, Enum)):
        return ""
    return f"; known are {', '.join(str(word.value) for word in wanted)}"
