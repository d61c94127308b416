"""Who is called by each schedule at one moment: from the configuration, calendars, and what people decided.

It turns an address of a schedule into one of a person, always: while nobody is on call, whoever was last is
called. It refuses to tell anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pilotbridge.clock import from_ms
from pilotbridge.config.schedules import PREFIX
from pilotbridge.config.settings import ScheduleSettings, Settings
from pilotbridge.errors import NotFound
from pilotbridge.model import Address, Way
from pilotbridge.outbox.recipients import Recipient, recipient_of
from pilotbridge.rota import Event, Kind, Override, Rota, Shift, on_call, stand_in, upcoming, who
from pilotbridge.store.protocol import ReadVerbs

NEXT = "next"
LOOKS_BACK = timedelta(days=90)
"""Whoever was on call before that is nobody to be called in a gap."""


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a schedule calls; ``is_gap``: nobody is on call, so this is whoever was last."""

    contact: str
    why: str
    is_gap: bool = False
    override: Override | None = None


class Roster:
    """Every schedule of one configuration at one moment. ``overrides`` and ``events`` are by schedule.

    A calendar that was never read here has no ``events``, not even none.
    """

    def __init__(
        self,
        settings: Settings,
        overrides: Mapping[str, Sequence[Override]],
        events: Mapping[str, Sequence[Event]],
        at: datetime,
    ) -> None:
        self.settings = settings
        self.at = at
        self._overrides = overrides
        self._events = events
        self._called: dict[str, Called] = {}
        self._next: dict[str, str] = {}

    def schedule(self, name: str) -> ScheduleSettings | None:
        return self.settings.schedules.get(name)

    def called(self, name: str) -> Called:
        """Whom the schedule calls now.

        :raises KeyError: when the configuration has no such schedule.
        """
        if name not in self._called:
            self._called[name] = self._look(name)
        return self._called[name]

    def next_to(self, name: str) -> str:
        """Whom it calls after that: whoever is on call next and is somebody else; else the same person."""
        if name not in self._next:
            self._next[name] = self._look_further(name)
        return self._next[name]

    def shift(self, name: str) -> Shift:
        """The present shift, with its beginning and end."""
        return who(self._rota(name), self.decided(name), self.at)

    def upcoming(self, name: str) -> Iterable[Shift]:
        """The shifts after it, gaps too."""
        return upcoming(self._rota(name), self.decided(name), self.at)

    def shift_at(self, name: str, at: datetime) -> Shift:
        """The shift at any moment."""
        return who(self._rota(name), self.decided(name), at)

    def decided(self, name: str) -> Sequence[Override]:
        """What people decided, newest first; whoever left the configuration is on call no more."""
        contacts = self.settings.contacts
        return [each for each in self._overrides.get(name, ()) if each.contact in contacts]

    def rota(self, name: str) -> Rota:
        """The schedule with what its calendar says."""
        return self._rota(name)

    def without(self, override: Override) -> Roster:
        """The same as if ``override`` had not been decided."""
        kept = {
            name: [each for each in each_of if each.id != override.id]
            for name, each_of in self._overrides.items()
        }
        return Roster(self.settings, kept, self._events, self.at)

    def moved_to(self, at: datetime) -> Roster:
        """The same at another moment."""
        return Roster(self.settings, self._overrides, self._events, at)

    def _rota(self, name: str) -> Rota:
        schedule = self.settings.schedules[name]
        if schedule.calendar is None or name not in self._events:
            return schedule.rota
        known = tuple(each for each in self._events[name] if each.contact in self.settings.contacts)
        return replace(schedule.rota, events=known)

    def _look(self, name: str) -> Called:
        rota, decided = self._rota(name), self.decided(name)
        named = on_call(rota, decided, self.at)
        if named.contact:
            return Called(named.contact, named.why, override=named.override)
        contact = stand_in(rota, decided, self.at) or next(iter(self.settings.contacts), "")
        return Called(contact, "nobody is on call; stands in", is_gap=True)

    def _look_further(self, name: str) -> str:
        called = self.called(name)
        if called.override is not None and called.override.kind is Kind.KEPT:
            return called.override.stands_for
        following = (shift.contact for shift in self.upcoming(name))
        return next((each for each in following if each not in ("", called.contact)), called.contact)

    # -- addresses -------------------------------------------------------------------------------

    def resolved(self, address: Address) -> Address:
        """``address``, with the person in place of a schedule; one of a schedule unknown here stays."""
        name = schedule_of(address)
        if name is None or name not in self.settings.schedules:
            return address
        contact = self.next_to(name) if address.which == NEXT else self.called(name).contact
        return Address(address.way, f"@{contact}" if address.way is Way.CHAT else contact)

    def in_gaps(self, addresses: Iterable[Address]) -> tuple[str, ...]:
        """The schedules among ``addresses`` by which nobody is on call."""
        names = dict.fromkeys(name for each in addresses if (name := schedule_of(each)) is not None)
        return tuple(name for name in names if name in self.settings.schedules and self.called(name).is_gap)


def recipient_called(text: str, roster: Roster) -> Recipient:
    """The phone that ``text`` means, which may name a schedule.

    :raises NotFound: when nobody is called so, or has no such phone.
    :raises NotAllowed: when the number's country may not be texted.
    """
    try:
        address = Address.parse(text)
    except ValueError as error:
        raise NotFound(str(error)) from error
    return recipient_of(roster.resolved(address), roster.settings)


def schedule_of(address: Address) -> str | None:
    """The schedule that ``address`` names; None when it names none."""
    return address.name.removeprefix(PREFIX) if address.name.startswith(PREFIX) else None


def roster_of(read: ReadVerbs, settings: Settings, now_ms: int) -> Roster:
    """The roster at ``now_ms``; costs nothing where there are no schedules."""
    at = from_ms(now_ms)
    if not settings.schedules:
        return Roster(settings, {}, {}, at)
    overrides: dict[str, list[Override]] = {}
    for row in read.overrides_since(now_ms - int(LOOKS_BACK.total_seconds() * 1000)):
        overrides.setdefault(row.schedule, []).append(row.override)
    events: dict[str, Sequence[Event]] = {}
    if any(each.calendar for each in settings.schedules.values()):
        events.update(dict.fromkeys(read.calendars(), ()))
        events.update(read.events_of_calendars())
    return Roster(settings, overrides, events, at)
