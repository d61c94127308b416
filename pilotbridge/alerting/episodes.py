"""What one more word about a condition changes: a new episode, its end, or only that it was spoken of.

Pure; a word said twice changes nothing twice (source, labels, start and state are the word's identity). Only
a sender that itself says again and again what holds is believed when it says so after an end, too.
"""

from __future__ import annotations

import msgspec

from pilotbridge.alerting.severity import LABEL, RANK, severity_of
from pilotbridge.model import Alert, AlertState, JournalId, Severity
from pilotbridge.store.records import KnownAlert

LATE_MS = 60_000
"""So soon after an end the old word may be late: that of the other of a pair, or one tried again."""


class Episode(msgspec.Struct):
    """One condition while a batch of bodies is worked through; ``id`` is 0 while it has no row.

    ``opened_by`` is the word that began a new episode in this batch, ``ended`` says that this batch ended it,
    ``fired`` that it was heard firing in this batch. ``worsened_by`` is the word that made one that had begun
    before worse than it ``was``, ``worsened_in`` its body. ``doubted``: a moment ago it was said to be over.
    """

    id: int
    state: AlertState | None
    starts_at_ms: int
    last_seen_at_ms: int
    leased: bool
    ends_at_ms: int | None = None
    expires_at_ms: int | None = None
    opened_by: Alert | None = None
    ended: bool = False
    fired: bool = False
    severity: str = ""
    worsened_by: Alert | None = None
    was: str = ""
    worsened_in: JournalId = JournalId(0)
    doubted: bool = False
    journal_id: JournalId = JournalId(0)

    @classmethod
    def of(cls, known: KnownAlert) -> Episode:
        return cls(
            known.id,
            known.state,
            known.starts_at_ms,
            known.last_seen_at_ms,
            known.leased,
            severity=known.severity,
        )

    @classmethod
    def unheard_of(cls) -> Episode:
        return cls(0, None, 0, 0, False)

    def fires(
        self, alert: Alert, journal_id: JournalId, *, starts_at_ms: int, at_ms: int, expires_at_ms: int
    ) -> None:
        """Somebody says at ``at_ms`` that it holds, and will until ``expires_at_ms`` without another word."""
        begins = self._begins_at(starts_at_ms)
        holds_again = not begins and self._holds_again(alert, at_ms)
        is_soon = holds_again and at_ms - self.last_seen_at_ms < LATE_MS
        self.last_seen_at_ms = max(self.last_seen_at_ms, at_ms)
        if self.state is AlertState.FIRING:
            self.expires_at_ms = max(self.expires_at_ms or 0, expires_at_ms)
            self.leased = alert.expires_at is not None
        elif begins or holds_again:
            self.doubted = is_soon
            self.state = AlertState.FIRING
            self.starts_at_ms, self.ends_at_ms, self.expires_at_ms = starts_at_ms, None, expires_at_ms
            self.leased = alert.expires_at is not None
            self.opened_by, self.ended, self.journal_id = alert, False, journal_id
            self.fired, self.severity = True, ""
            self.worsened_by, self.was = None, ""

    def is_as_bad_as(self, alert: Alert, severity: Severity) -> None:
        """How bad it is by this word. Worse than ever in this episode is news; better is none."""
        if self.state is not AlertState.FIRING:
            return
        if not self.severity or self.opened_by is alert:
            self.severity = self.severity or severity.value
        elif RANK[severity] > RANK[severity_of({LABEL: self.severity})]:
            if self.opened_by is not None:
                self.opened_by = alert
            else:
                self.was = self.was or self.severity
                self.worsened_by = alert
            self.severity = severity.value

    def is_worse_as(self, alert: Alert) -> bool:
        """Whether it is worse by ``alert``, which is the word that made it so after plugins were asked."""
        return RANK[severity_of(alert.labels)] > RANK[severity_of({LABEL: self.was})]

    def _begins_at(self, starts_at_ms: int) -> bool:
        """Whether a word about a start begins an episode, or is a late repeat about one that is over.

        Who fell silent and speaks again of the old start never said that it was over. A start that lies after
        the last word about it was told by a clock that ran ahead: any other start is then another episode.
        """
        fell_silent = self.state is AlertState.STALE or (self.state is AlertState.RESOLVED and self.leased)
        ran_ahead = self.starts_at_ms > self.last_seen_at_ms and starts_at_ms != self.starts_at_ms
        return self.state is None or starts_at_ms > self.starts_at_ms or fell_silent or ran_ahead

    def _holds_again(self, alert: Alert, at_ms: int) -> bool:
        """Whether it holds although it was said to be over, by the old start.

        An Alertmanager that its Prometheus could not reach calls all of it resolved, and firing with the
        old start once it can; of two Prometheis one may see the end alone. Both repeat what holds, and say
        nothing of what does not. From anybody else such a word is only late.
        """
        repeats = bool(alert.sender_group) or alert.expires_at is not None
        return repeats and at_ms > self.last_seen_at_ms

    def resolves(
        self, alert: Alert, journal_id: JournalId, *, starts_at_ms: int, ends_at_ms: int, at_ms: int
    ) -> None:
        """Somebody says at ``at_ms`` that it ended."""
        is_of_earlier = self._is_of_earlier(starts_at_ms, ends_at_ms)
        self.last_seen_at_ms = max(self.last_seen_at_ms, at_ms)
        if self.state is None:
            self.state, self.starts_at_ms, self.ends_at_ms = AlertState.RESOLVED, starts_at_ms, ends_at_ms
            self.opened_by, self.ended, self.journal_id = alert, True, journal_id
        elif self.state is AlertState.FIRING and not is_of_earlier:
            self.end(ends_at_ms)

    def _is_of_earlier(self, starts_at_ms: int, ends_at_ms: int) -> bool:
        """Whether the end is that of an earlier episode, told late.

        Not where the start was told by a clock that runs ahead: until then every end seems to be earlier.
        """
        began_ms = min(self.starts_at_ms, self.last_seen_at_ms)
        return starts_at_ms < began_ms and ends_at_ms <= began_ms

    def end(self, ends_at_ms: int) -> None:
        """Its sender says, of it or of its whole group, that it is over."""
        self.state, self.ends_at_ms, self.expires_at_ms = AlertState.RESOLVED, ends_at_ms, None
        self.leased, self.ended = False, True
