"""How bad an alert is: the sender's own word mapped to one of our three.

Pure; it refuses to change what identifies an alert: the fingerprint stays that of the sender's labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotbridge.config.settings import SEVERITY, SEVERITY_GRADE
from pilotbridge.model import Alert, Labels, Severity

LABEL, OWN_WORD, GRADE = SEVERITY, "severity_raw", SEVERITY_GRADE
WAS = "severity_was"
"""The annotation that says how bad an alert was before it got worse."""
RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
_OURS: Mapping[str, Severity] = {severity.value: severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class Grades:
    """One source's words, in lower case, and ours for them.

    The configuration's words come first, then the source's own table, then ours. ``no_severity`` stands
    for an absent word and for one that no table knows. ``keeps``: the label stays as it was sent, for routes
    that were written for another program, and ours stands beside it.
    """

    words: Mapping[str, Severity]
    no_severity: Severity
    keeps: bool = False

    @classmethod
    def of(
        cls,
        configured: Mapping[str, Severity],
        own: Mapping[str, Severity],
        no_severity: Severity,
        *,
        keeps: bool = False,
    ) -> Grades:
        lower = {word.lower(): severity for word, severity in configured.items()}
        return cls({**_OURS, **own, **lower}, no_severity, keeps)

    def grade(self, alert: Alert) -> Alert:
        """``alert`` with one of our three words as its severity; its own word stays in ``severity_raw``."""
        said = alert.labels.get(LABEL)
        severity = self.severity(said)
        changes = {} if said == severity else self._changes(alert.labels, said, severity)
        if GRADE in alert.labels:  # ours alone to write
            changes[GRADE] = severity.value
        return _with_labels(alert, alert.labels.with_(**changes)) if changes else alert

    def severity(self, said: str) -> Severity:
        """Ours for the sender's own word."""
        return self.words.get(said) or self.words.get(said.strip().lower(), self.no_severity)

    def _changes(self, labels: Labels, said: str, severity: Severity) -> dict[str, str]:
        if self.keeps:
            return {GRADE: severity.value}
        own = {OWN_WORD: said} if said and OWN_WORD not in labels else {}
        return {LABEL: severity.value, **own}


def severity_of(labels: Mapping[str, str]) -> Severity:
    """The severity of a graded alert; a word that a plugin made up counts as critical."""
    return _OURS.get(labels.get(GRADE, "") or labels.get(LABEL, ""), Severity.CRITICAL)


def _with_labels(alert: Alert, labels: Labels) -> Alert:
    return Alert(
        source=alert.source,
        labels=labels,
        annotations=alert.annotations,
        state=alert.state,
        starts_at=alert.starts_at,
        ends_at=alert.ends_at,
        expires_at=alert.expires_at,
        sender_group=alert.sender_group,
        url=alert.url,
        is_test=alert.is_test,
        fingerprint=alert.fingerprint,
        to=alert.to,
    )
