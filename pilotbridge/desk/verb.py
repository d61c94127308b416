"""What a verb of the desk is: where it stands in the API, what it takes, which right it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from pilotbridge.config.settings import Right
from pilotbridge.desk.desk import Desk, Fact
from pilotbridge.errors import Refused


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
            raise Refused(str(error)) from error
        return self.does(desk, given)
