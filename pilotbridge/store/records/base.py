"""What every row is, and what happened to one.

Everything is frozen; a name that ends in ``_ms`` is milliseconds since 1970 (UTC). Thousands are made in a
second: a struct of msgspec costs a fifth of a frozen dataclass with as many fields.
"""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """A row, or what becomes one."""


changed = msgspec.structs.replace
"""A copy of a record with other values in the fields named."""


class Happening(Record, frozen=True):
    """One line of a history."""

    at_ms: int
    event: str
    state: str
    reason: str
