"""Looks through the database's pages while the bridge runs, and says aloud when one is damaged.

A look reads the whole file, so that no start waits for it; it refuses to mend anything.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pilotbridge.clock import Clock
from pilotbridge.logs import get_logger
from pilotbridge.model import Severity, Trouble
from pilotbridge.protocols import Troubles
from pilotbridge.store.soundness import first_damage

DAMAGED, WHAT = "StoreDamaged", "store"
EVERY_MS = 12 * 3_600_000
"""Before a Trouble that is not said again counts as stale."""

log = get_logger(__name__)


class Soundness:
    """Due soon after the start and twice a day; ``aside`` does long work that nobody waits for."""

    def __init__(
        self,
        path: Path,
        troubles: Troubles,
        clock: Clock,
        aside: Callable[[str, Callable[[], object]], None],
    ) -> None:
        self._path = path
        self._troubles = troubles
        self._clock = clock
        self._aside = aside
        self._looked_ms: int | None = None

    def turn(self) -> None:
        """Begin a look when one is due."""
        now_ms = self._clock.now_ms()
        if self._looked_ms is None or not 0 <= now_ms - self._looked_ms < EVERY_MS:
            self._looked_ms = now_ms
            self._aside("soundness", lambda: tell_damage(self._path, self._troubles))


def tell_damage(path: Path, troubles: Troubles) -> None:
    """Raise or clear the Trouble about damaged pages of the database at ``path``.

    :raises ConfigurationError: when it cannot be read at all, of which the writer tells.
    """
    fault = first_damage(path)
    if not fault:
        troubles.clear(DAMAGED, WHAT)
        return
    log.error("the database is damaged", path=str(path), fault=fault)
    summary = (
        f"the database is damaged ({fault}): stop the bridge, then pilotbridge db restore a backup, "
        "or a copy of the file with --anyway; and look at the disk"
    )
    troubles.raise_trouble(Trouble(DAMAGED, WHAT, summary, Severity.CRITICAL))
