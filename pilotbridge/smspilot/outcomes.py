"""What an answer of the gateway says about each message of a packet, sorted by *could it have it?*

Pure: bytes were read before, and what follows from an outcome is the outbox's question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pilotbridge.protocols import (
    Accepted,
    Deferred,
    Guarded,
    Lost,
    Outcome,
    OutgoingSms,
    Receipt,
    Rejected,
    Submitted,
    Withheld,
)
from pilotbridge.smspilot.wire import BLOCKED, Code, Entry, ErrorAnswer, Meaning, SendAnswer

NOT_ACCEPTED = -2
_NO_ID = ("", "0")
# About one message; at the top level of an answer to several nobody can tell which one is meant.
_OF_ONE = frozenset({Meaning.CONTENT, Meaning.RECIPIENT, Meaning.GUARD, Meaning.DUPLICATE_RECIPIENT})


def same_for_all(packet: Sequence[OutgoingSms], outcome: Outcome) -> Submitted:
    """One failure of the whole request."""
    return Submitted({sms.client_id: outcome for sms in packet})


def submitted(packet: Sequence[OutgoingSms], answer: SendAnswer | ErrorAnswer) -> Submitted:
    """One outcome per message; a message the answer does not speak of may have been accepted."""
    if isinstance(answer, ErrorAnswer):
        return same_for_all(packet, top_level(answer.code, alone=len(packet) == 1))
    told = _by_message(answer.entries)
    return Submitted({sms.client_id: _outcome_of(sms, told) for sms in packet}, answer.balance)


def strangers(packet: Sequence[OutgoingSms], answer: SendAnswer) -> int:
    """How many entries speak of no message of the packet."""
    asked = {key for sms in packet for key in _keys(sms)}
    return sum(_key(entry.id, entry.to) not in asked for entry in answer.entries)


def top_level(code: Code, *, alone: bool) -> Outcome:
    """A top-level error: nothing of the packet was accepted."""
    if not alone and code.meaning in _OF_ONE:
        return Deferred(f"{says(code)}; nobody knows which message is meant", counts=False, alone=True)
    return refused(code)


def refused(code: Code) -> Outcome:
    """What an error number says about a message that surely was not accepted."""
    match code.meaning:
        case Meaning.TRANSIENT:
            return Deferred(says(code))
        case Meaning.DUPLICATE_RECIPIENT:
            return Deferred(f"{says(code)}; it goes alone", counts=False, alone=True)
        case Meaning.GUARD:
            return Guarded(says(code))
        case Meaning.CONTENT | Meaning.RECIPIENT:
            return Rejected(code.number, says(code))
        case _:
            return Withheld(code.number, says(code), cause_of(code))


def cause_of(code: Code) -> str:
    """The short stable word for why a message is held; an unknown number is kept and loud."""
    if code.meaning is Meaning.BALANCE:
        return "balance"
    if code.number in BLOCKED:
        return "blocked"
    if code.meaning in (Meaning.CONFIGURATION, Meaning.REQUEST):
        return code.meaning.value
    return "unknown_code"


def says(code: Code) -> str:
    """An error as an operator reads it."""
    return f"the gateway says {code.number}: {code.english}"


def _by_message(entries: Iterable[Entry]) -> dict[tuple[int, str], list[Entry]]:
    told: dict[tuple[int, str], list[Entry]] = {}
    for entry in entries:
        told.setdefault(_key(entry.id, entry.to), []).append(entry)
    return told


def _key(client_id: int, number: str) -> tuple[int, str]:
    """Our id and the number, both: an echo of one alone may be about a stranger's message."""
    return client_id, "".join(char for char in number if char.isdigit())


def _keys(sms: OutgoingSms) -> tuple[tuple[int, str], tuple[int, str]]:
    """How an entry may name a message; one about a refused number need not repeat it."""
    return _key(sms.client_id, sms.to.digits), _key(sms.client_id, "")


def _outcome_of(sms: OutgoingSms, told: Mapping[tuple[int, str], Sequence[Entry]]) -> Outcome:
    entries = [entry for key in _keys(sms) for entry in told.get(key, ())]
    outcomes = list(dict.fromkeys(_entry_outcome(entry) for entry in entries))
    proof = next((outcome for outcome in outcomes if isinstance(outcome, Accepted)), None)
    if proof is not None:
        return proof
    if len(outcomes) == 1:
        return outcomes[0]
    if outcomes:
        return Lost("the gateway's answer contradicts itself about this message")
    return Lost("the gateway's answer has no entry for this message")


def _entry_outcome(entry: Entry) -> Outcome:
    taken = entry.server_id not in _NO_ID
    if entry.status != NOT_ACCEPTED and not entry.error and taken:
        return Accepted(Receipt(entry.server_id, entry.parts, entry.price))
    if taken:
        return Lost(f"the gateway gave an id and error {entry.error}, status {entry.status}")
    if entry.error:
        return refused(entry.code)
    if entry.status == NOT_ACCEPTED:
        return Withheld(0, "the gateway did not accept it and gave no error number", "unknown_code")
    return Lost("the gateway's answer has no id for this message")
