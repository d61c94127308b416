"""`pilotbridge trace`: the whole life of an incident, an alert or an SMS, with the reason at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import json_option, show_list
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.parameters import row_id
from pilotbridge.clock import from_ms, to_ms
from pilotbridge.errors import NotFound
from pilotbridge.lifecycle import State
from pilotbridge.model import AlertState, JournalId, Message
from pilotbridge.store.chat_records import About, PostId, PostKind, PostRow
from pilotbridge.store.records import AlertRow, IncidentRow, Storm
from pilotbridge.store.sql.incidents import TOLD

if TYPE_CHECKING:
    from pilotbridge.config.settings import Settings
    from pilotbridge.store.protocol import ReadVerbs

ALERTS_TOLD, ALERTS_MAX = 3, 1_000
"""So many alerts of an incident are told one by one, and with ``--all``."""

_COLUMNS = {"at": "AT", "what": "WHAT", "step": "STEP", "reason": "REASON"}


@dataclass(frozen=True, slots=True)
class _Step:
    at_ms: int
    what: str
    step: str
    reason: str
    rank: int = 0
    """Of what happened in one millisecond, what came of an attempt stands between its begin and its end."""

    def fact(self) -> dict[str, Any]:
        return {"at": from_ms(self.at_ms), "what": self.what, "step": self.step, "reason": self.reason}


@click.command()
@click.argument("name", metavar="REF|ID")
@click.option("--message", "kind", flag_value="message", help="ID is a message's.")
@click.option("--alert", "kind", flag_value="alert", help="ID is an alert's.")
@click.option("--all", "are_all", is_flag=True, help="Tell of each alert of a large incident.")
@json_option
@click.pass_obj
def trace(invocation: Invocation, name: str, kind: str | None, *, are_all: bool) -> None:
    """Tell everything that happened to the incident REF, or to the message or alert ID.

    \b
      pilotbridge trace 417              the incident, or the storm, that people know as #417
      pilotbridge trace --message 12     one SMS; p7 is the post 7 in a chat
      pilotbridge trace --alert 5        one alert
    """
    with facts(invocation) as read:
        most = ALERTS_MAX if are_all else ALERTS_TOLD
        found = steps_of(read, name.removeprefix("#"), kind, most, invocation.settings)
        steps = sorted(found, key=lambda step: (step.at_ms, step.rank))
    show_list([step.fact() for step in steps], _COLUMNS, invocation, empty="Nothing happened.")


def steps_of(
    read: ReadVerbs, name: str, kind: str | None, most: int, settings: Callable[[], Settings]
) -> Iterator[_Step]:
    """In no order; of a large incident ``most`` alerts are told one by one."""
    row = read.incident_by_ref(name) if kind is None else None
    if row is not None:
        yield from _of_incident(read, row, most)
        yield from _of_posts(read, read.posts_about(About("incident", row.incident.id)), settings)
        return
    storm = read.storm_by_ref(name) if kind is None else None
    if storm is not None:
        yield from _of_storm(read, storm)
        return
    post = read.post(PostId(row_id(name[1:]))) if name.startswith("p") and kind != "alert" else None
    if post is not None:
        yield from _of_posts(read, [post], settings)
        return
    number = row_id(name)
    message = read.message(number) if kind != "alert" else None
    if message is not None:
        yield from _of_message(read, message)
        return
    alert = read.alert_row(number) if kind != "message" else None
    if alert is None:
        listed = f"{kind or 'incident'}s"
        raise NotFound(
            f"there is no {kind or 'incident, message or alert'} {name}; see pilotbridge {listed} list"
        )
    yield from _of_alert(read, alert)


def _of_incident(read: ReadVerbs, row: IncidentRow, most: int) -> Iterator[_Step]:
    incident = row.incident
    what = f"incident #{incident.ref}"
    # What an alert did after the close belongs to the next incident.
    ended_ms = None if incident.closed_at is None else to_ms(incident.closed_at)
    alerts = read.alerts_of_incident(incident.id, ALERTS_MAX)
    for alert, first in alerts[:most]:
        steps = _of_alert(read, alert, first)
        yield from (step for step in steps if ended_ms is None or step.at_ms <= ended_ms)
    if len(alerts) > most:
        others = f"{len(alerts) - most} more of it; --all tells of each"
        yield _Step(to_ms(incident.opened_at), what, "alerts", others)
    for happening in read.events_of("group", incident.group.id):
        if ended_ms is None or happening.at_ms <= ended_ms:
            yield _Step(happening.at_ms, what, happening.event, happening.reason)
    for happening in read.events_of("incident", incident.id):
        if happening.event != TOLD:  # the notification itself follows below
            yield _Step(happening.at_ms, what, happening.event, happening.reason)
    for told in read.notifications_of(incident.id):
        counts = f"{told.firing} firing, {told.fresh} new, {told.resolved} over"
        yield _Step(told.at_ms, what, f"tell {told.receiver}", f"{told.reason}: {counts}")
    for message in read.messages_of_incident(incident.id):
        yield from _of_message(read, message)


def _of_storm(read: ReadVerbs, storm: Storm) -> Iterator[_Step]:
    """Its incidents, each to be traced by its own ref, and the SMS that spoke for them."""
    what = f"storm #{storm.ref}"
    yield _Step(
        storm.opened_at_ms, what, "open", f"too many incidents for {storm.contact or storm.recipient}"
    )
    for member in read.storm_members(storm.id):
        taken = f", taken by {member.taken_by}" if member.taken_by else ""
        state = "open" if member.is_open else "over"
        yield _Step(
            member.joined_at_ms, what, "join", f"incident #{member.ref} {member.name}, {state}{taken}"
        )
    for message_id in read.messages_of_storm(storm.id):
        message = read.message(message_id)
        if message is not None:
            yield from _of_message(read, message)


def _of_message(read: ReadVerbs, message: Message) -> Iterator[_Step]:
    what = f"message {message.id} to {message.contact or message.recipient}"
    for number, happening in enumerate(read.events_of("message", message.id)):
        rank = 0 if number == 0 or happening.state == State.SENDING else 2
        yield _Step(happening.at_ms, what, happening.state, happening.reason, rank)
    for attempt in read.attempts_of(message.id):
        if attempt.ended_at_ms is not None:
            reason = f"{attempt.reason} (attempt {attempt.number}, {attempt.packet_size} in the packet)"
            yield _Step(attempt.ended_at_ms, what, f"{attempt.gateway}: {attempt.outcome}", reason, 1)


def _of_posts(read: ReadVerbs, posts: Sequence[PostRow], settings: Callable[[], Settings]) -> Iterator[_Step]:
    """Each in whole; of an edit, of which a card has many, how it ended."""
    if not posts:
        return
    from pilotbridge.desk.shown_relay import room_names

    rooms = room_names(read, settings())
    for post in posts:
        what = f"post p{post.id} to {rooms.of(post.chat, post.room)}"
        events = read.events_of("post", post.id)
        is_edit = post.kind is PostKind.EDIT and len(posts) > 1
        for happening in events[-1:] if is_edit else events:
            step = f"{'edit ' if is_edit else ''}{happening.state}"
            yield _Step(happening.at_ms, what, step, happening.reason)


def _of_alert(read: ReadVerbs, row: AlertRow, first: JournalId | None = None) -> Iterator[_Step]:
    """``first`` is the body that people were told of with an incident, which tells of its group itself.

    The row knows the newest body.
    """
    what = f"alert {row.id} {row.alert.name}"
    yield _Step(to_ms(row.alert.starts_at), what, "began", repr(row.alert.labels))
    for journal_id in dict.fromkeys([first or row.journal_id, row.journal_id]):
        body = read.journal_body(journal_id)
        if body is None:
            continue
        came_ms = to_ms(body.incoming.received_at)
        yield _Step(came_ms, what, "on disk", f"body {journal_id} from {row.alert.source}")
        if journal_id == (first or row.journal_id):
            yield _Step(came_ms, what, "routed", row.decided or "not yet")
    for group in read.groups_of_alerts([row.id]).values() if first is None else ():
        for happening in read.events_of("group", group.id):
            yield _Step(happening.at_ms, what, happening.event, happening.reason)
    if row.alert.ends_at is not None and not row.alert.firing:
        is_stale = row.alert.state is AlertState.STALE
        why = "its sender said no more of it" if is_stale else "as its sender says"
        yield _Step(to_ms(row.alert.ends_at), what, row.alert.state, why)
