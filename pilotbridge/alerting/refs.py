"""The short number of an incident that people say and text back.

Pure: it picks a free one in mixed order; which ones are taken is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from pilotbridge.model import Ref
from pilotbridge.protocols import Rng

NOT_REUSED_FOR = timedelta(days=7)
EMERGENCY = "112"
SHORTEST = 3


def choose_ref(busy: Collection[str], prefixes: Iterable[str], rng: Rng) -> Ref:
    """A free ref: three digits, or one more whenever half of those with fewer are ``busy``.

    None begins with 0 (people drop it) or is what a line's prefix or the emergency number is.
    """
    taken = {*busy, *prefixes, EMERGENCY}
    digits = SHORTEST
    while 2 * sum(len(ref) == digits for ref in busy) > 9 * 10 ** (digits - 1):
        digits += 1
    first, count = 10 ** (digits - 1), 9 * 10 ** (digits - 1)
    start = min(int(rng.uniform(0, count)), count - 1)
    # 7 shares no factor with 9, 90, 900 ...: stepping by it meets every number once.
    candidates = (str(first + (start + 7 * step) % count) for step in range(count))
    return Ref(next(ref for ref in candidates if ref not in taken))
