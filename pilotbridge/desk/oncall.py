"""What an operator can have done about who is on call: put somebody there, take over, trade, end that.

Each verb is one transaction and returns the fact as it stands after it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pilotbridge.clock import Clock, to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.desk import oncall_facts
from pilotbridge.oncall import swaps
from pilotbridge.oncall.overrides import Placed, end_override, put_on_call, take_over
from pilotbridge.oncall.roster import Roster, roster_of
from pilotbridge.oncall.swaps import Trade, answer_swap, ask_swap
from pilotbridge.outbox.enqueue import Postage
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

Fact = dict[str, Any]


class OnCallDesk:
    """A part of the desk. ``done`` carries a job out in one transaction."""

    def __init__(
        self,
        done: Callable[[Callable[[WriteVerbs], Any]], Any],
        *,
        settings: Callable[[], Settings],
        postage: Callable[[], Postage],
        clock: Clock,
    ) -> None:
        self._done = done
        self._settings = settings
        self._postage = postage
        self._clock = clock

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def roster(self, read: ReadVerbs, at: datetime | None = None) -> Roster:
        """Who is on call now, or at any time."""
        now_ms = self._clock.now_ms()
        roster = roster_of(read, self._settings(), now_ms if at is None else min(to_ms(at), now_ms))
        return roster if at is None else roster.moved_to(at)

    def override(
        self, schedule: str, contact: str, starts: datetime | None, ends: datetime, *, by: str
    ) -> Fact:
        """``contact`` is on call from ``starts`` (now) to ``ends``, whatever else says so.

        :raises NotFound: when there is no such schedule or contact.
        :raises Refused: when they have no phone, or the time makes no sense.
        """

        def job(tx: WriteVerbs) -> Fact:
            roster = self.roster(tx)
            wanted = Placed(schedule, contact, starts or roster.at, ends)
            return oncall_facts.override(put_on_call(tx, wanted, roster, by=by))

        return dict(self._done(job))

    def take(self, schedule: str, contact: str, lasts: timedelta | None) -> Fact:
        """``contact`` is on call now, for so long or until the present shift ends.

        :raises NotFound: when there is no such schedule or contact.
        :raises Refused: when they have no phone, are on call already, or the shift has no end.
        """
        return dict(
            self._done(
                lambda tx: oncall_facts.override(take_over(tx, schedule, contact, lasts, self.roster(tx)))
            )
        )

    def end(self, number: int, *, by: str) -> Fact:
        """The decision counts no more.

        :raises NotFound: when there is no such decision.
        :raises Refused: when it is over.
        """
        return dict(
            self._done(lambda tx: oncall_facts.override(end_override(tx, number, self.roster(tx), by=by)))
        )

    def swap(self, wanted: Trade, *, by: str) -> Fact:
        """Ask the other to trade.

        :raises NotFound: when there is no such schedule or contact.
        :raises Refused: when there is nothing to trade, or nobody to ask.
        """
        return dict(self._done(lambda tx: oncall_facts.swap(ask_swap(tx, wanted, self._desk(tx), by=by))))

    def answer(self, code: str, *, by: str, agrees: bool) -> Fact:
        """What the other said, told by somebody in their name.

        :raises NotFound: when nothing of that code was asked.
        :raises Refused: when it was answered already, or there is nothing left to trade.
        """
        return dict(
            self._done(
                lambda tx: oncall_facts.swap(answer_swap(tx, code, self._desk(tx), by=by, agrees=agrees))
            )
        )

    def _desk(self, tx: WriteVerbs) -> swaps.Desk:
        return swaps.Desk(self.roster(tx), self._postage())
