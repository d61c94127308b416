"""Who is on call when: rotations in layers, what a calendar says, and what people decided beside them. Pure.

It knows names and moments; it refuses to know phones, rows, or whether anybody is told.
"""

from pilotbridge.rota.rotation import Rotation
from pilotbridge.rota.schedule import (
    AHEAD,
    Event,
    Kind,
    Override,
    Rota,
    Shift,
    gaps,
    on_call,
    shifts,
    stand_in,
    upcoming,
    who,
)
from pilotbridge.rota.swap import Stretch, Swap, SwapState

__all__ = [
    "AHEAD",
    "Event",
    "Kind",
    "Override",
    "Rota",
    "Rotation",
    "Shift",
    "Stretch",
    "Swap",
    "SwapState",
    "gaps",
    "on_call",
    "shifts",
    "stand_in",
    "upcoming",
    "who",
]
