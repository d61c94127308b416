"""What one more word about a condition changes: a new episode, its end, or only that it was spoken of.

Pure; a word said twice changes nothing twice, whatever came between (source, labels, start and state are the
word's identity).
"""

from __future__ import annotations

from dataclasses import dataclass

from pilotbridge.alerting.severity import LABEL, RANK, severity_of
from pilotbridge.model import Alert, AlertState, JournalId, Severity
from pilotbridge.store.records import KnownAlert


@dataclass(slots=True)
class Episode:
    """One condition while a batch of bodies is worked through; ``id`` is 0 while it has no row.

    ``opened_by`` is the word that began a new episode in this batch, ``ended`` says that this batch ended it,
    ``fired`` that it was heard firing in this batch. ``worsened_by`` is the word that made one that had begun
    before worse than it ``was``.
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
        self.last_seen_at_ms = max(self.last_seen_at_ms, at_ms)
        if self.state is AlertState.FIRING:
            self.expires_at_ms = max(self.expires_at_ms or 0, expires_at_ms)
            self.leased = alert.expires_at is not None
        elif begins:
            self.state = AlertState.FIRING
            self.starts_at_ms, self.ends_at_ms, self.expires_at_ms = starts_at_ms, None, expires_at_ms
            self.leased = alert.expires_at is not None
            self.opened_by, self.ended, self.journal_id = alert, False, journal_id
            self.fired, self.severity = True, ""

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

    def _begins_at(self, starts_at_ms: int) -> bool:
        """Whether a word about a start begins an episode, or is a late repeat about one that is over.

        Who fell silent and speaks again of the old start never said that it was over. A start that lies after
        the last word about it was told by a clock that ran ahead: any other start is then another episode.
        """
        fell_silent = self.state is AlertState.STALE or (self.state is AlertState.RESOLVED and self.leased)
        ran_ahead = self.starts_at_ms > self.last_seen_at_ms and starts_at_ms != self.starts_at_ms
        return self.state is None or starts_at_ms > self.starts_at_ms or fell_silent or ran_ahead

    def resolves(
        self, alert: Alert, journal_id: JournalId, *, starts_at_ms: int, ends_at_ms: int, at_ms: int
    ) -> None:
        """Somebody says at ``at_ms`` that it ended."""
        self.last_seen_at_ms = max(self.last_seen_at_ms, at_ms)
        if self.state is None:
            self.state, self.starts_at_ms, self.ends_at_ms = AlertState.RESOLVED, starts_at_ms, ends_at_ms
            self.opened_by, self.ended, self.journal_id = alert, True, journal_id
        elif self.state is AlertState.FIRING and not self._is_of_earlier(starts_at_ms, ends_at_ms):
            self.end(ends_at_ms)

    def _is_of_earlier(self, starts_at_ms: int, ends_at_ms: int) -> bool:
        """Whether the end is that of an earlier episode, told late."""
        return starts_at_ms < self.starts_at_ms and ends_at_ms <= self.starts_at_ms

    def end(self, ends_at_ms: int) -> None:
        """Its sender says, of it or of its whole group, that it is over."""
        self.state, self.ends_at_ms, self.expires_at_ms = AlertState.RESOLVED, ends_at_ms, None
        self.leased, self.ended = False, True
