"""The plugin's block of the configuration, and when a digest was due last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pilotbridge import MatcherList, Matchers, RoomName, TextedContact, TimeOfDay


class Digest(BaseModel):
    """``plugins.digest``. ``to`` are contacts, ``rooms`` rooms of a chat; times are in ``bridge.zone``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matchers: MatcherList = Matchers.parse('severity="info"')
    at: tuple[TimeOfDay, ...] = Field((time(9),), min_length=1)
    to: tuple[TextedContact, ...] = ()
    rooms: tuple[RoomName, ...] = ()
    parts: int = Field(3, ge=1, le=10)

    @model_validator(mode="after")
    def _is_told_to_somebody(self) -> Digest:
        if not self.to and not self.rooms:
            raise ValueError("nobody is told: name contacts in to, or rooms")
        return self


def last_due(at: Sequence[time], local: datetime) -> datetime:
    """The newest moment in UTC at which a digest was due, up to ``local`` (aware)."""
    days = (local.date() - timedelta(days=back) for back in range(3))
    moments = (datetime.combine(day, each, local.tzinfo).astimezone(UTC) for day in days for each in at)
    return max(moment for moment in moments if moment <= local)
