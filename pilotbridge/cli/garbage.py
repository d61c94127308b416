"""When a running bridge, or one that is replayed, looks for garbage: less often than Python would.

The flows make many small values and few circles, so that looking often finds nothing and costs a tenth.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 50
"""New objects, young looks and middle-aged looks until the next look at each age; Python has 700, 10, 10."""


def collect_from_here_on() -> None:
    """What is there now stays; from here on garbage is looked for."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.enable()
