"""Who wants no more texts: an opt-out forbids what a phone did not ask for, and nothing else.

Alerts to contacts and answers to what somebody texted are not asked about here.
"""

from __future__ import annotations

from pilotbridge.phone import PhoneNumber
from pilotbridge.store.chat_records import OptOut
from pilotbridge.store.protocol import ReadVerbs


def opted_out(read: ReadVerbs, phone: PhoneNumber, line: str = "") -> OptOut | None:
    """The opt-out that forbids texts of a line to ``phone``; of any line when none is named."""
    found = read.optouts_of(phone)
    return next((each for each in found if not line or each.line == line), None)


def why_unwanted(optout: OptOut) -> str:
    """The sentence of it."""
    return f"{optout.phone} wants no more texts from the line {optout.line} ({optout.reason})"
