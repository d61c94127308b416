"""A text that nobody prints by accident: keys, tokens, passwords."""

from __future__ import annotations

import hmac


class Secret:
    """A text that shows itself only to who asks for it by :meth:`reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def same_as(self, other: str | bytes) -> bool:
        """Compare in constant time, as bytes, so that a text outside ASCII is no exception."""
        given = other if isinstance(other, bytes) else other.encode("utf-8", "surrogateescape")
        return hmac.compare_digest(self._value.encode("utf-8", "surrogateescape"), given)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        return self.same_as(other._value) if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")
