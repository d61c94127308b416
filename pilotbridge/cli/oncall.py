"""`pilotbridge oncall`: who is on call, who is next, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from pilotbridge.cli.facts import json_option, show_list, show_one
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import DURATION, ID, limit_option, written_moment
from pilotbridge.clock import SystemClock
from pilotbridge.errors import NotFound

if TYPE_CHECKING:
    from pilotbridge.config.settings import Settings
    from pilotbridge.oncall.roster import Roster
    from pilotbridge.store.protocol import ReadVerbs

Fact = dict[str, Any]
_SHOWN = {
    "schedule": "SCHEDULE",
    "contact": "ON CALL",
    "since": "SINCE",
    "until": "UNTIL",
    "next": "THEN",
    "why": "WHY",
}
_COMING = {"schedule": "SCHEDULE", "contact": "ON CALL", "from": "FROM", "until": "UNTIL", "why": "WHY"}
_OVERRIDES = {
    "id": "ID",
    "schedule": "SCHEDULE",
    "contact": "ON CALL",
    "from": "FROM",
    "until": "UNTIL",
    "kind": "KIND",
    "stands_for": "FOR",
    "made_by": "BY",
}
_SWAPS = {
    "code": "CODE",
    "schedule": "SCHEDULE",
    "asker": "ASKS",
    "other": "IS ASKED",
    "from": "FROM",
    "until": "UNTIL",
    "state": "STATE",
    "due_at": "ANSWER BY",
}


@click.group()
def oncall() -> None:
    """Who is on call, who is next, and who stands in for whom.

    Times without a zone are those of the schedule's clock, and so are the times that are shown.
    """


# --- looking ----------------------------------------------------------------------------------------


@oncall.command("show")
@click.argument("schedule", default="")
@click.option("--at", "moment", help="At that time; now.")
@json_option
@click.pass_obj
def show(invocation: Invocation, schedule: str, moment: str | None) -> None:
    """Show who is on call by each schedule, until when, who then, and why.

    \b
      pilotbridge oncall show
      pilotbridge oncall show primary --at 2026-05-01T03:00
    """
    from pilotbridge.desk import oncall_facts

    settings = invocation.settings()
    at = None if moment is None else _moment(moment, _zone(settings, schedule))
    with _roster(invocation, at) as roster:
        found = oncall_facts.schedules(roster, schedule)
    _show(found, _SHOWN, invocation, empty="There are no schedules in the configuration.")


@oncall.command("next")
@click.argument("schedule", default="")
@click.option("-n", "--count", type=click.IntRange(1, 50), default=5, show_default=True, help="How many.")
@json_option
@click.pass_obj
def following(invocation: Invocation, schedule: str, count: int) -> None:
    """Show the shifts to come, and when nobody is on call."""
    from pilotbridge.desk import oncall_facts

    with _roster(invocation, None) as roster:
        found = oncall_facts.coming(roster, schedule, count)
    _show(found, _COMING, invocation, empty="Nothing changes hands in the next 400 days.")


@oncall.command("overrides")
@json_option
@click.pass_obj
def list_overrides(invocation: Invocation) -> None:
    """List who stands in for whom, now and later: overrides, who took over, swaps."""
    from pilotbridge.desk import oncall_facts

    with _read(invocation) as read:
        found = oncall_facts.overrides(read, SystemClock().now_ms())
    _show(found, _OVERRIDES, invocation, empty="Nobody stands in for anybody.")


@oncall.command("swaps")
@limit_option(default=20)
@json_option
@click.pass_obj
def list_swaps(invocation: Invocation, limit: int) -> None:
    """List who asked whom to trade shifts, and what came of it."""
    from pilotbridge.desk import oncall_facts

    with _read(invocation) as read:
        found = [oncall_facts.swap(each) for each in read.swaps_listed(limit)]
    _show(found, _SWAPS, invocation, empty="Nobody asked for a swap.")


# --- acting -----------------------------------------------------------------------------------------


@oncall.command("override")
@click.argument("schedule")
@click.argument("contact")
@click.argument("starts", metavar="FROM")
@click.argument("ends", metavar="TO")
@json_option
@click.pass_obj
def override(invocation: Invocation, schedule: str, contact: str, starts: str, ends: str) -> None:
    """Put CONTACT on call by SCHEDULE from FROM to TO, whatever the rotation says.

    FROM is a time or `now`, TO a time or how long.

    \b
      pilotbridge oncall override primary boris now 8h
      pilotbridge oncall override primary boris 2026-05-01T10:00 2026-05-03T10:00
    """
    from pilotbridge.cli.operate import operate

    zone = _zone(invocation.settings(), schedule)
    begins = _moment(starts, zone)
    fact = operate(
        invocation,
        "oncall_override",
        schedule=schedule,
        contact=contact,
        starts=begins,
        ends=_end(ends, begins, zone),
    )
    _tell_override(fact, invocation)


@oncall.command("take")
@click.argument("schedule")
@click.argument("lasts", metavar="[FOR]", type=DURATION, required=False)
@click.option("--as", "contact", default="", help="Who takes over; the contact named as you are here.")
@json_option
@click.pass_obj
def take(invocation: Invocation, schedule: str, lasts: float | None, contact: str) -> None:
    """Be on call by SCHEDULE from now on, for so long or until the present shift ends.

    \b
      pilotbridge oncall take primary 2h --as boris
    """
    from pilotbridge.cli.operate import operate, who_calls

    who = contact or who_calls()
    if who not in invocation.settings().contacts:
        raise click.UsageError(f"there is no contact {who!r}; say who takes over with --as NAME")
    fact = operate(invocation, "oncall_take", schedule=schedule, contact=who, lasts_s=lasts)
    _tell_override(fact, invocation)


@oncall.command("end")
@click.argument("number", metavar="ID", type=ID)
@json_option
@click.pass_obj
def end(invocation: Invocation, number: int) -> None:
    """End an override before its time; its ID is what `oncall overrides` shows."""
    from pilotbridge.cli.operate import operate

    fact = operate(invocation, "oncall_end", id=number)
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        click.echo(f"{fact['contact']} is not on call by {fact['schedule']} by override {number} any more.")


@oncall.command("swap")
@click.argument("asker", metavar="A")
@click.argument("other", metavar="B")
@click.argument("starts", metavar="FROM")
@click.argument("ends", metavar="[TO]", required=False)
@click.option("--schedule", default="", help="Which; the one by which A is on call then.")
@json_option
@click.pass_obj
def swap(
    invocation: Invocation, asker: str, other: str, starts: str, ends: str | None, schedule: str
) -> None:
    """Ask B, by SMS and in the chat, to trade places with A; nothing changes before B says yes.

    Without TO it is A's shift at FROM (or the first one after it) against B's next one; with TO each stands
    in for the other in that time.

    \b
      pilotbridge oncall swap anna boris now
      pilotbridge oncall swap anna boris 2026-05-01T10:00 2026-05-03T10:00
    """
    from pilotbridge.cli.operate import operate

    zone = _zone(invocation.settings(), schedule)
    begins = _moment(starts, zone)
    until = None if ends is None else _end(ends, begins, zone)
    fact = operate(
        invocation, "oncall_swap", asker=asker, other=other, starts=begins, ends=until, schedule=schedule
    )
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        due = _local(fact["due_at"], _zone(invocation.settings(), fact["schedule"]))
        click.echo(f"{other} is asked as {fact['code']}, and has until {due} to answer.")


@oncall.command("answer")
@click.argument("code")
@click.argument("said", metavar="yes|no", type=click.Choice(["yes", "no"]))
@click.option("--as", "contact", required=True, help="Whose answer it is.")
@json_option
@click.pass_obj
def answer(invocation: Invocation, code: str, said: str, contact: str) -> None:
    """Answer the swap CODE for somebody who said so by another way."""
    from pilotbridge.cli.operate import operate

    fact = operate(invocation, "oncall_answer", code=code, contact=contact, agrees=said == "yes")
    if invocation.as_json:
        show_one(fact, invocation)
    else:
        why = ": the schedule has changed since it was asked; ask again" if fact["state"] == "lapsed" else ""
        click.echo(f"{fact['code']} is {fact['state']}{why}.")


# --- times ------------------------------------------------------------------------------------------


def _zone(settings: Settings, schedule: str) -> ZoneInfo:
    """The schedule's clock; the bridge's where none is named."""
    known = settings.schedules.get(schedule.removeprefix("schedule/"))
    if schedule and known is None:
        names = ", ".join(settings.schedules) or "none"
        raise NotFound(f"there is no schedule {schedule!r}; the configuration has: {names}")
    return ZoneInfo(known.zone if known else settings.bridge.zone)


def _moment(written: str, zone: ZoneInfo) -> datetime:
    """``now``, or a time that is the zone's unless it says otherwise."""
    if written == "now":
        return SystemClock().utc_now()
    try:
        found = written_moment(written)
    except ValueError as error:
        raise click.UsageError(f"{error}; now is the present moment") from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _end(written: str, starts: datetime, zone: ZoneInfo) -> datetime:
    """A time, or how long after ``starts``."""
    if written[:1].isdigit() and written[-1:] in "smhdw":
        return starts + timedelta(seconds=DURATION.convert(written, None, None))
    return _moment(written, zone)


def _local(value: Any, zone: ZoneInfo) -> str:
    """A running bridge tells times as text."""
    if value is None:
        return "further notice"
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _tell_override(fact: Fact, invocation: Invocation) -> None:
    if invocation.as_json:
        show_one(fact, invocation)
        return
    zone = _zone(invocation.settings(), fact["schedule"])
    span = f"from {_local(fact['from'], zone)} until {_local(fact['until'], zone)}"
    click.echo(f"{fact['contact']} is on call by {fact['schedule']} {span} (override {fact['id']}).")


# --- showing ----------------------------------------------------------------------------------------


@contextmanager
def _read(invocation: Invocation) -> Iterator[ReadVerbs]:
    """The database, or an empty one before the bridge ran for the first time."""
    from pilotbridge.cli.database import present_or_empty
    from pilotbridge.store.looking import look

    with present_or_empty(invocation.settings().store.sqlite_path) as path, look(path) as read:
        yield read


@contextmanager
def _roster(invocation: Invocation, at: datetime | None) -> Iterator[Roster]:
    from pilotbridge.oncall.roster import roster_of

    now = SystemClock().utc_now()
    with _read(invocation) as read:
        roster = roster_of(read, invocation.settings(), int(min(at or now, now).timestamp() * 1000))
        _tell_unread(read, invocation.settings())
        yield roster if at is None else roster.moved_to(at)


def _tell_unread(read: ReadVerbs, settings: Settings) -> None:
    """A calendar at an address is read by the bridge; before that nobody here can know what it says."""
    known = read.calendars()
    for each in settings.schedules.values():
        if each.calendar and each.calendar.url and each.name not in known:
            click.echo(f"{each.name}: its calendar was never read here, so this leaves it out", err=True)


def _show(found: Sequence[Fact], columns: dict[str, str], invocation: Invocation, *, empty: str) -> None:
    settings = invocation.settings()
    rows = list(found) if invocation.as_json else [_readable(fact, settings) for fact in found]
    show_list(rows, columns, invocation, empty=empty)


def _readable(fact: Fact, settings: Settings) -> Fact:
    """The same with times on the schedule's clock, and a gap by its name."""
    known = settings.schedules.get(fact["schedule"])
    zone = ZoneInfo(known.zone if known else settings.bridge.zone)
    row = {
        name: _local(value, zone) if isinstance(value, datetime) else value for name, value in fact.items()
    }
    if fact.get("is_gap"):
        row["contact"] = f"nobody ({fact['contact']} stands in)" if fact["contact"] else "nobody"
    if isinstance(fact.get("next"), dict):
        then = fact["next"]
        row["next"] = f"{then['contact']} until {_local(then['until'], zone)}"
    return row
