"""Who is on call: decisions, swaps, hand-overs, and what calendars said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from pilotbridge.clock import from_ms, to_ms
from pilotbridge.model import GroupId, MessageId
from pilotbridge.rota import Event, Kind, Override, Stretch
from pilotbridge.store.connection import Statements
from pilotbridge.store.oncall_records import (
    HandOverRow,
    HandOverState,
    Holder,
    NewOverride,
    OverrideRow,
    Swap,
    SwapState,
)
from pilotbridge.store.records import changed
from pilotbridge.store.sql.rows import Row


class OnCallReads(Statements):
    __slots__ = ()

    def overrides_since(self, since_ms: int) -> list[OverrideRow]:
        """Decisions that hold after then, also those that were ended before their time; newest first."""
        return [_override(row) for row in self.rows("overrides_since", (since_ms,))]

    def override(self, id_: int) -> OverrideRow | None:
        row = self.row("get_override", (id_,))
        return None if row is None else _override(row)

    def swap(self, id_: int) -> Swap | None:
        row = self.row("get_swap", (id_,))
        return None if row is None else _swap(row)

    def swap_by_code(self, code: str) -> Swap | None:
        """The newest with that code, whatever became of it."""
        row = self.row("swap_by_code", (code,))
        return None if row is None else _swap(row)

    def swaps_listed(self, limit: int) -> list[Swap]:
        return [_swap(row) for row in self.rows("swaps_listed", (limit,))]

    def swaps_due(self, now_ms: int) -> list[Swap]:
        return [_swap(row) for row in self.rows("swaps_due", (now_ms,))]

    def next_swap_due(self) -> int | None:
        row = self.row("next_swap_due")
        return row[0] if row else None

    def codes_of_swaps(self, since_ms: int) -> set[str]:
        return {row[0] for row in self.rows("codes_of_swaps", (since_ms,))}

    def holders(self) -> dict[str, Holder]:
        """By schedule: who was last said to be on call."""
        return {row[0]: Holder(*row[1:]) for row in self.rows("holders")}

    def handovers_open(self) -> dict[str, HandOverRow]:
        """By schedule: the hand-over whose comer is not on call yet."""
        return {row[1]: _handover(row) for row in self.rows("handovers_open")}

    def handovers_listed(self, limit: int) -> list[HandOverRow]:
        return [_handover(row) for row in self.rows("handovers_listed", (limit,))]

    def events_of_calendars(self) -> dict[str, list[Event]]:
        """By schedule: what its calendar last said."""
        found: dict[str, list[Event]] = {}
        for schedule, contact, starts, ends in self.rows("events_of_calendars"):
            found.setdefault(schedule, []).append(Event(contact, from_ms(starts), from_ms(ends)))
        return found

    def calendars(self) -> dict[str, tuple[str, int]]:
        """By schedule: the digest of what its calendar last said, and when that was read."""
        return {row[0]: (row[1], row[2]) for row in self.rows("calendars")}


class OnCallWrites(OnCallReads):
    __slots__ = ()

    def add_override(self, new: NewOverride, now_ms: int) -> int:
        params = {
            "schedule": new.schedule,
            "contact": new.contact,
            "starts": new.starts_ms,
            "ends": new.ends_ms,
            "kind": new.kind.value,
            "stands_for": new.stands_for,
            "by": new.made_by,
            "now": now_ms,
            "swap": new.swap,
        }
        return self.insert("add_override", params)

    def end_override(self, id_: int, now_ms: int) -> bool:
        """False when it was over already."""
        return self.run("end_override", {"id": id_, "now": now_ms}) > 0

    def add_swap(self, swap: Swap) -> int:
        params = {
            "code": swap.code,
            "schedule": swap.schedule,
            "asker": swap.asker,
            "other": swap.other,
            "starts": swap.starts_ms,
            "ends": swap.ends_ms,
            "by": swap.made_by,
            "now": swap.asked_ms,
            "due": swap.due_ms,
            "traded": json.dumps([[each.giver, each.starts_ms, each.ends_ms] for each in swap.traded]),
        }
        return self.insert("add_swap", params)

    def name_question(self, swap_id: int, message: MessageId) -> None:
        self.run("name_question", (message, swap_id))

    def settle_swap(self, id_: int, state: SwapState, now_ms: int) -> bool:
        """False when it was answered already."""
        return self.run("settle_swap", {"id": id_, "state": state.value, "now": now_ms}) > 0

    def put_holder(self, schedule: str, holder: Holder) -> None:
        self.run("put_holder", (schedule, holder.contact, holder.since_ms, holder.until_ms))

    def add_handover(self, row: HandOverRow) -> int:
        params = {
            "schedule": row.schedule,
            "at": row.at_ms,
            "until": row.until_ms,
            "leaver": row.leaver,
            "comer": row.comer,
            "now": row.asked_ms,
            "message": row.message,
        }
        return self.insert("add_handover", params)

    def ask_again(self, id_: int, message: MessageId | None, now_ms: int) -> None:
        self.run("ask_again", {"id": id_, "message": message, "now": now_ms})

    def settle_handover(self, row: HandOverRow, state: HandOverState, *, override: int | None = None) -> bool:
        """False when somebody else has dealt with it meanwhile."""
        params = {"id": row.id, "was": row.state.value, "state": state.value, "override": override}
        return self.run("settle_handover", params) > 0

    def tell_again(self, group: GroupId, now_ms: int) -> None:
        """Whatever still fires of it is told now, unless somebody has taken it."""
        self.run("tell_again", {"id": group, "now": now_ms})

    def hurry_message(self, id_: MessageId, now_ms: int) -> bool:
        """Whether there is anything to ask the gateway about it."""
        return self.run("hurry_message", {"id": id_, "now": now_ms}) > 0

    def put_calendar(self, schedule: str, digest: str, events: Iterable[Event], now_ms: int) -> None:
        """What a calendar says now, in place of what it said."""
        self.run("forget_calendar", (schedule,))
        rows = [(schedule, each.contact, to_ms(each.starts), to_ms(each.ends)) for each in events]
        self.run_many("add_calendar_event", rows)
        self.run("put_calendar", (schedule, digest, now_ms))


def _override(row: Row) -> OverrideRow:
    """One that was ended before its time holds until then only; one ended before it began never."""
    starts, ends, ended = row[3], row[4], row[9]
    until = max(starts, min(ends, ended)) if ended is not None else ends
    override = Override(row[2], from_ms(starts), from_ms(until), Kind(row[5]), row[7], row[6], row[0])
    return OverrideRow(row[1], override, row[8], ended)


def _swap(row: Row) -> Swap:
    """From ``swap_columns``."""
    known, state = row[1:10], SwapState(row[10])
    code, schedule, asker, other, starts_ms, ends_ms, made_by, asked_ms, due_ms = known
    swap = Swap(code, schedule, asker, other, starts_ms, ends_ms, made_by, asked_ms, due_ms)
    traded = tuple(Stretch(*each) for each in json.loads(row[13]))
    return replace(swap, state=state, answered_ms=row[11], message=row[12], id=row[0], traded=traded)


def _handover(row: Row) -> HandOverRow:
    """From ``handover_columns``."""
    schedule, at_ms, until_ms, leaver, comer, asked_ms, again_ms, message = row[1:9]
    found = HandOverRow(schedule, at_ms, until_ms, leaver, comer, asked_ms, again_ms, message)
    return changed(found, state=HandOverState(row[9]), override=row[10], id=row[0])
