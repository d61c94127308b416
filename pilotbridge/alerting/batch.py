"""What a batch of bodies comes to, before anything is written: episodes, and what is new about them.

Pure: it takes what the store knows and what came in, in the order it came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pilotbridge.alerting.episodes import Episode
from pilotbridge.alerting.rules import Door
from pilotbridge.alerting.severity import LABEL, WAS
from pilotbridge.clock import to_ms
from pilotbridge.model import Alert, AlertState, Fingerprint, JournalId, Labels, Taken
from pilotbridge.protocols import Arrived
from pilotbridge.store.records import AlertChange, AlertEnd, KnownAlert, SeenAlert

LEASE_GRACE_MS = 5 * 60_000
"""What a sender gets to renew a lease that ran out unread here: a Prometheus speaks every minute."""

UNHEARD_OF = "resolved, but nobody said that it fired"
OVER_AT_ONCE = "over before it was routed"

Knows = Callable[[str, str], Mapping[Fingerprint, KnownAlert]]


@dataclass(slots=True)
class Batch:
    """Episodes by fingerprint, and what bodies said beside; ``news`` are those that changed something.

    ``left_out`` counts what was cut off, by source and sender's group.
    """

    episodes: dict[Fingerprint, Episode] = field(default_factory=dict)
    left_out: dict[tuple[str, str], int] = field(default_factory=dict)
    news: set[JournalId] = field(default_factory=set)
    taken: list[Taken] = field(default_factory=list)

    def opened(self) -> list[tuple[Episode, Alert]]:
        """New episodes that still hold: those to be routed."""
        return [
            (episode, episode.opened_by)
            for episode in self.episodes.values()
            if episode.opened_by is not None and episode.state is AlertState.FIRING
        ]

    def worsened(self) -> list[tuple[Episode, Alert]]:
        """Episodes that people may know of and that are worse now by their sender's word."""
        return [
            (episode, _that_was(episode.worsened_by, episode.was))
            for episode in self.episodes.values()
            if episode.worsened_by is not None and episode.id and episode.state is AlertState.FIRING
        ]

    def over_at_once(self) -> list[AlertChange]:
        """What is on record only because it was spoken of: nobody is told."""
        return [
            change_of(episode, episode.opened_by, OVER_AT_ONCE if episode.fired else UNHEARD_OF)
            for episode in self.episodes.values()
            if episode.opened_by is not None and episode.state is not AlertState.FIRING
        ]

    def ended(self) -> list[AlertEnd]:
        """Known alerts that ended."""
        return [
            AlertEnd(e.id, AlertState.RESOLVED, e.ends_at_ms or 0, last_seen_at_ms=e.last_seen_at_ms)
            for e in self.episodes.values()
            if e.ended and e.id and e.opened_by is None
        ]

    def seen(self) -> list[SeenAlert]:
        """Alerts that were spoken of without news."""
        return [
            SeenAlert(e.id, e.last_seen_at_ms, e.expires_at_ms)
            for e in self.episodes.values()
            if e.opened_by is None and not e.ended
        ]


def _that_was(alert: Alert, before: str) -> Alert:
    return replace(alert, annotations=Labels({**alert.annotations, WAS: before}))


def change_of(episode: Episode, alert: Alert, decided: str) -> AlertChange:
    """The row of a new episode."""
    return AlertChange(
        episode.id,
        alert,
        episode.state or AlertState.RESOLVED,
        episode.starts_at_ms,
        episode.ends_at_ms,
        episode.last_seen_at_ms,
        episode.expires_at_ms,
        episode.leased,
        episode.journal_id,
        decided,
    )


def read_batch(
    arrived: Iterable[Arrived],
    known: Mapping[Fingerprint, KnownAlert],
    in_sender_group: Knows,
    doors: Callable[[str], Door],
    now_ms: int,
) -> Batch:
    """Hear every word of ``arrived`` in order; ``in_sender_group`` gives what fires in a sender's group."""
    batch = Batch({fingerprint: Episode.of(alert) for fingerprint, alert in known.items()})
    for body in arrived:
        door, received_ms = doors(body.source), to_ms(body.received_at)
        if _hear(batch.episodes, body.parsed.alerts, body.journal_id, door, received_ms, now_ms):
            batch.news.add(body.journal_id)
        batch.taken += body.parsed.taken
        if body.parsed.left_out and body.parsed.alerts:
            first = body.parsed.alerts[0]
            batch.left_out[first.source, first.sender_group] = body.parsed.left_out
        if body.parsed.group_ended:
            _end_group(batch, body, in_sender_group, received_ms)
        if body.parsed.taken or body.parsed.left_out or body.parsed.group_ended:
            batch.news.add(body.journal_id)
    return batch


def _hear(
    episodes: dict[Fingerprint, Episode],
    alerts: Sequence[Alert],
    journal_id: JournalId,
    door: Door,
    received_ms: int,
    now_ms: int,
) -> bool:
    """Whether any of it was news: an alert begins or ends. Whether one got worse, plugins have a say in."""
    stale_ms, is_news = received_ms + door.stale_after_ms, False
    for alert in alerts:
        episode = episodes.get(alert.fingerprint)
        if episode is None:
            episode = episodes[alert.fingerprint] = Episode.unheard_of()
        starts_ms, before = to_ms(alert.starts_at), episode.state
        if alert.state is AlertState.FIRING:
            lease = alert.expires_at
            until_ms = stale_ms if lease is None else _lease_ms(to_ms(lease), now_ms)
            episode.fires(
                alert, journal_id, starts_at_ms=starts_ms, at_ms=received_ms, expires_at_ms=until_ms
            )
            said = alert.labels.get(LABEL)
            if said != episode.severity:
                episode.is_as_bad_as(alert, door.grades.severity(said))
        else:
            ends_ms = received_ms if alert.ends_at is None else to_ms(alert.ends_at)
            episode.resolves(alert, journal_id, starts_at_ms=starts_ms, ends_at_ms=ends_ms, at_ms=received_ms)
            if episode.worsened_by is alert:
                episode.worsened_in = journal_id
        is_news = is_news or episode.state is not before
    return is_news


def _lease_ms(until_ms: int, now_ms: int) -> int:
    """A lease that ran out before its body was read does not end the alert unheard."""
    return until_ms if until_ms > now_ms else now_ms + LEASE_GRACE_MS


def _end_group(batch: Batch, body: Arrived, in_sender_group: Knows, at_ms: int) -> None:
    """The sender says that its whole group is over: that closes whatever of it was cut off, too.

    Not what began after the last end that it names: such a body is late, and knows nothing of that.
    """
    alerts, sender_group = body.parsed.alerts, body.parsed.group_ended
    source = alerts[0].source if alerts else body.source
    newest_ms = max((to_ms(alert.ends_at) for alert in alerts if alert.ends_at is not None), default=at_ms)
    of_group = []
    for fingerprint, alert in in_sender_group(sender_group, source).items():
        episode = batch.episodes.setdefault(fingerprint, Episode.of(alert))
        of_group += [episode] if episode.opened_by is None else []
    for episode in batch.episodes.values():
        opened = episode.opened_by
        is_of_group = opened and (opened.sender_group, opened.source) == (sender_group, source)
        of_group += [episode] if is_of_group else []
    for episode in of_group:
        if episode.state is AlertState.FIRING and episode.starts_at_ms <= newest_ms:
            episode.last_seen_at_ms = max(episode.last_seen_at_ms, at_ms)
            episode.end(at_ms)
