"""How a group stands now: which alerts fire, which are news, which ended, which are kept quiet.

Pure counting over its members, one after the other, so that a group of any size costs little memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotbridge.alerting.muting import Mute, Quiet
from pilotbridge.alerting.severity import RANK, severity_of
from pilotbridge.config.settings import LimitsSettings
from pilotbridge.model import AlertState, Severity
from pilotbridge.store.records import Member, Told

LOADED_MAX = 20
"""So many alerts of each kind are loaded for a text, the worst among them; a group may have many more."""


class Standing(msgspec.Struct):
    """The members of a group by what there is to say of them; muted ones have nothing to be said.

    ``fresh`` fire and nobody was told; ``ended`` are over and their firing was told; ``told_of`` are all that
    somebody was told of; ``gone`` are over and nobody was told, or was told long ago.
    ``common`` are labels that all have.
    """

    firing: int = 0
    muted: int = 0
    fresh: list[int] = msgspec.field(default_factory=list)
    ended: list[int] = msgspec.field(default_factory=list)
    ended_quietly: list[int] = msgspec.field(default_factory=list)
    closed: list[int] = msgspec.field(default_factory=list)
    gone: list[int] = msgspec.field(default_factory=list)
    some_firing: list[int] = msgspec.field(default_factory=list)
    severity: Severity = Severity.INFO
    fresh_severity: Severity = Severity.INFO
    critical: bool = False
    stale: bool = False
    mutes: set[Mute] = msgspec.field(default_factory=set)
    common: Mapping[str, str] | None = None

    @property
    def audible(self) -> int:
        """How many fire that are not kept quiet."""
        return self.firing - self.muted

    @property
    def over(self) -> list[int]:
        """What a person who was told of it would call resolved, in the whole incident."""
        return [*self.closed, *self.ended]


def standing_of(members: Iterable[Member], quiet: Quiet, limits: LimitsSettings) -> Standing:
    """Count ``members``."""
    standing = Standing()
    for member in members:
        standing.common = _shared(standing.common, member.labels)
        mute = quiet.mute_of(member.labels)
        if mute is not None:
            standing.mutes.add(mute)
        if member.state is AlertState.FIRING:
            _count_firing(standing, member, mute, limits)
        else:
            _count_ended(standing, member, mute)
    return standing


def _shared(common: Mapping[str, str] | None, labels: Mapping[str, str]) -> Mapping[str, str]:
    if common is None:
        return labels
    if common.items() <= labels.items():  # from the second or third member on
        return common
    return {name: value for name, value in common.items() if labels.get(name, "") == value}


def _count_firing(standing: Standing, member: Member, mute: Mute | None, limits: LimitsSettings) -> None:
    standing.firing += 1
    if mute is not None:
        standing.muted += 1
        return
    severity = severity_of(member.labels)
    if RANK[severity] > RANK[standing.severity]:
        standing.severity = severity
        standing.some_firing.insert(0, member.alert_id)
    elif len(standing.some_firing) < LOADED_MAX:
        standing.some_firing.append(member.alert_id)
    standing.critical = standing.critical or limits.is_critical(member.labels)
    if member.told is not Told.FIRING:
        _count_fresh(standing, member, severity)


def _count_fresh(standing: Standing, member: Member, severity: Severity) -> None:
    if RANK[severity] > RANK[standing.fresh_severity]:
        standing.fresh_severity = severity
        standing.fresh.insert(0, member.alert_id)
    else:
        standing.fresh.append(member.alert_id)


def _count_ended(standing: Standing, member: Member, mute: Mute | None) -> None:
    if member.told is Told.NOTHING:
        standing.gone.append(member.alert_id)
        return
    standing.stale = standing.stale or member.state is AlertState.STALE
    if member.told is Told.ENDED:
        standing.closed.append(member.alert_id)
    elif mute is not None:
        standing.ended_quietly.append(member.alert_id)
    else:
        standing.ended.append(member.alert_id)


def first(ids: Sequence[int]) -> list[int]:
    """As many as a text can name."""
    return list(ids[:LOADED_MAX])
