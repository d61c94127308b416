"""Names of what other blocks hold: a plugin's model marks a field as one, and it is judged with the file.

It knows kinds and their names, not who names them. A model that is validated without a file at hand, as when
a plugin asks for its block, lets every name pass.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo

from pilotbridge.config.diagnostics import suggest
from pilotbridge.config.fields import as_text, bad_value
from pilotbridge.phone import InvalidPhone, PhoneNumber

Kind = Literal["receiver", "contact", "phone", "schedule", "room", "time interval"]
"""What may be named; a ``phone`` is the name of a contact who has one."""

_CODES = {"time interval": "unknown-interval"}


@dataclass(frozen=True, slots=True)
class Names:
    """What a file has of each kind, where somebody looked; ``used`` collects what was named."""

    known: Mapping[Kind, Collection[str]] = field(default_factory=dict)
    used: set[tuple[Kind, str]] = field(default_factory=set)

    def judge(self, kind: Kind, name: str, words: Collection[str]) -> None:
        """:raises PydanticCustomError: with cause and fix, when the file has no such ``kind``."""
        if kind not in self.known or name in self.known[kind]:
            self.used.add((kind, name))
        elif kind == "phone" and name in self.known["contact"]:
            raise bad_value(f"{name} has no phone", f"add one to contacts.{name}", code="no-phone")
        elif is_phone(name):
            cause = "a phone number stands where a name is meant"
            fix = "add it to contacts: a label never chooses a number"
            raise bad_value(cause, fix, code="number-in-config")
        else:
            what = "contact" if kind == "phone" else kind
            fix = suggest(name, {*self.known[kind], *words}, what=f"{what}s")
            code = _CODES.get(what, f"unknown-{what}")
            raise bad_value(f"there is no {what} {name!r}", fix, code=code)

    def named(self, kind: Kind) -> set[str]:
        """The names of ``kind`` that were used so far."""
        return {name for each, name in self.used if each == kind}


def is_phone(text: str) -> bool:
    try:
        PhoneNumber.parse(text.rpartition(":")[2])
    except InvalidPhone:
        return False
    return True


def names_a(kind: Kind, *words: str) -> BeforeValidator:
    """Marks a text as the name of a ``kind``; ``words`` may stand there as well and mean something else."""

    def check(written: Any, asked: ValidationInfo) -> Any:
        name = as_text(written)
        if isinstance(asked.context, Names) and isinstance(name, str) and name not in words:
            asked.context.judge(kind, name, words)
        return name

    return BeforeValidator(check)


ReceiverName = Annotated[str, names_a("receiver")]
ContactName = Annotated[str, names_a("contact")]
TextedContact = Annotated[str, names_a("phone")]
ScheduleName = Annotated[str, names_a("schedule")]
RoomName = Annotated[str, names_a("room")]
IntervalName = Annotated[str, names_a("time interval")]
