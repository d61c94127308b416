"""The short number of an incident that people say and text back.

It picks free ones in mixed order; which are taken, and the chance, are handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta

from pilotbridge.model import Ref
from pilotbridge.protocols import Rng

NOT_REUSED_FOR = timedelta(days=7)
EMERGENCY = "112"
SHORTEST = 3


class Refs:
    """Gives out free refs, each once: three digits, or one more whenever half of those with fewer are busy.

    None begins with 0 (people drop it) or is what a line's prefix or the emergency number is.
    """

    def __init__(self, busy: Collection[str], prefixes: Iterable[str], rng: Rng) -> None:
        self._taken = {*busy, *prefixes, EMERGENCY}
        self._busy_by_digits = Counter(map(len, busy))
        self._rng = rng

    def take(self) -> Ref:
        """A ref that is busy from now on."""
        digits = SHORTEST
        while 2 * self._busy_by_digits[digits] > 9 * 10 ** (digits - 1):
            digits += 1
        first, count = 10 ** (digits - 1), 9 * 10 ** (digits - 1)
        start = min(int(self._rng.uniform(0, count)), count - 1)
        # 7 shares no factor with 900, 9000 ...: stepping by it meets every number once.
        candidates = (str(first + (start + 7 * step) % count) for step in range(count))
        ref = next(ref for ref in candidates if ref not in self._taken)
        self._taken.add(ref)
        self._busy_by_digits[digits] += 1
        return Ref(ref)

    def give_back(self, ref: Ref) -> None:
        """Nobody was told of ``ref``: it is free again."""
        if ref in self._taken:
            self._taken.remove(ref)
            self._busy_by_digits[len(ref)] -= 1
