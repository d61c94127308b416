"""What one request is bound by: how long its answer may take in all, and whether a byte of it has left.

It judges nothing, and knows no client: what that is stands in ``session``.
"""

from __future__ import annotations

import io
from collections.abc import Callable


class Deadline:
    """The moment by which an answer must be whole, on a clock that only goes forward."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._ends_at_s = 0.0

    def begin(self, seconds: float) -> None:
        self._ends_at_s = self._now_s() + seconds

    def left_s(self) -> float:
        """:raises TimeoutError: when nothing is left."""
        left_s = self._ends_at_s - self._now_s()
        if left_s <= 0:
            raise TimeoutError("the answer took too long in all")
        return left_s


class Parcel(io.BytesIO):
    """A document to send that knows whether the wire has begun to take it.

    The connection reads it after it is made, checked and the headers are written: while ``taken`` is
    False no byte of the document has left.
    """

    def __init__(self, document: bytes, on_taken: Callable[[], None]) -> None:
        super().__init__(document)
        self._on_taken = on_taken
        self.taken = False

    def read(self, _size: int | None = -1, /) -> bytes:
        """Hand out the whole document at once, so that one timeout bounds its sending."""
        if not self.taken:
            self.taken = True
            self._on_taken()
        return super().read()
