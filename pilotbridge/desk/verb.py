"""What a verb of the desk is: where it stands in the API, what it takes, which right it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from pilotbridge.config.settings import Right
from pilotbridge.desk.desk import Desk, Fact
from pilotbridge.errors import Refused

Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""The number of a row."""
Seconds = Annotated[float, msgspec.Meta(ge=0, le=100 * 366 * 86_400)]
FIRST_YEAR, LAST_YEAR = 1970, 9000


def in_reach(name: str, moment: datetime) -> datetime:
    """``moment`` in UTC; one that says no zone is in UTC already, as in every answer.

    :raises Refused: when it lies further away than anybody reckons with.
    """
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Refused(f"{name} is out of reach: the year {moment.year}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class By(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who wants it, as people will read it in the history."""

    by: str = "api"


@dataclass(frozen=True, slots=True)
class Verb:
    """``path`` may hold ``{id}`` or another name in braces, which then is an argument."""

    path: str
    right: Right
    takes: type[msgspec.Struct]
    does: Callable[[Desk, Any], Fact]
    method: str = "POST"

    @property
    def is_once(self) -> bool:
        """Whether an Idempotency-Key makes it happen once."""
        return "once" in self.takes.__struct_fields__

    def run(self, desk: Desk, arguments: dict[str, Any]) -> Fact:
        """:raises Refused: when the arguments are not what the verb takes."""
        try:
            given = msgspec.convert(arguments, self.takes, strict=False)
        except msgspec.ValidationError as error:
            from pilotbridge.desk.expected import in_words

            raise Refused(in_words(error, self.takes)) from error
        moments = {
            name: in_reach(name, value)
            for name in given.__struct_fields__
            if isinstance(value := getattr(given, name), datetime)
        }
        return self.does(desk, msgspec.structs.replace(given, **moments) if moments else given)
