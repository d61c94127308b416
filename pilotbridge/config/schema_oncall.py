"""The keys of `schedules`: who is on call, from when to when, and how a hand-over goes.

What needs another block, a file or the clock is judged in ``schedules``.
"""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from pilotbridge.config.fields import Duration, Name, Text, Zone, as_list, between
from pilotbridge.config.schema_doors import Block, says
from pilotbridge.config.settings import HandoverSettings

_HANDOVER = HandoverSettings()
EVERY_MIN = timedelta(hours=1)


class RotationBlock(Block):
    """Members who take turns, each as long as the other."""

    every: Annotated[
        Duration,
        between(EVERY_MIN),
        says("How long a turn is; 7d at 10:00 stays at 10:00 in summer and winter."),
    ]
    start: Annotated[Text, says("When the first member's first turn begins: `2026-01-05T10:00`, local.")]
    members: Annotated[
        Annotated[tuple[Name, ...], BeforeValidator(as_list)],
        says("Contacts, in the order of their turns.", min_length=1),
    ]
    only: Annotated[
        Annotated[tuple[Any, ...], BeforeValidator(as_list)],
        says(
            "When it counts: blocks as in `time_intervals`, or names of those; always.", default_factory=tuple
        ),
    ]


class HandoverBlock(Block):
    at: Annotated[
        Text, says("The time of day at which a shift begins whose start is written as a date only.")
    ] = "00:00"
    sms: Annotated[
        bool, says("Tell whoever comes that the shift begins, and whoever leaves that it ended.")
    ] = _HANDOVER.sms
    test: Annotated[
        Duration,
        says(
            "So long before a shift the next phone is proved by an SMS. Not delivered when the shift begins: "
            "whoever was on call stays, until it is; 0: never."
        ),
    ] = _HANDOVER.test


class ScheduleBlock(Block):
    zone: Annotated[Zone | None, says("Where its clock hangs; that of the bridge.")] = None
    rotation: Annotated[
        Annotated[tuple[RotationBlock, ...], BeforeValidator(as_list)],
        says(
            "One rotation, or several in layers: a later one comes first while it counts.",
            default_factory=tuple,
        ),
    ]
    ical: Annotated[
        Text, says("A calendar whose events name contacts: a file or an address. It comes before rotations.")
    ] = ""
    handover: Annotated[HandoverBlock, says("How a shift changes hands.", default_factory=HandoverBlock)]
