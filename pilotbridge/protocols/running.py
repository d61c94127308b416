"""What runs the flows and what every flow is given: workers, duties, troubles, figures, chance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from pilotbridge.clock import SteadyClock
from pilotbridge.model import (
    Trouble,
)

T = TypeVar("T")
Step = Callable[[], Awaitable[float]]
"""One round of work on the event loop; returns the seconds to rest before the next."""


class Worker(Protocol):
    """Work that is done in turns, by one thread. All that must be remembered between turns is a row."""

    @property
    def name(self) -> str: ...

    def turn(self) -> int | None:
        """Do what is due; return when to come back (ms UTC), None: when somebody wakes it."""
        ...


@dataclass(frozen=True, slots=True)
class Duty:
    """Work that is due every so often, whatever happens in between; a late or long run is not caught up."""

    name: str
    every: timedelta
    work: Callable[[], object]


class HookThread(Protocol):
    """Where plugins' code runs: never on the writer, never on the loop."""

    def ask(self, call: Callable[[], T], deadline_s: float) -> T:
        """What ``call`` returns or raises.

        :raises TimeoutError: when it takes longer; its thread is abandoned and another takes over.
        """
        ...

    def tell(self, call: Callable[[], None], deadline_s: float) -> bool:
        """Run ``call`` some time soon, after those told before; False when too many wait already."""
        ...

    def work(self, call: Callable[[], T], deadline_s: float) -> T:
        """Like :meth:`ask`, for what nobody waits for: it delays no question."""
        ...


class Runtime(Protocol):
    """Who takes the turns: threads in the product, one hand-moved clock in tests."""

    @property
    def clock(self) -> SteadyClock: ...
    @property
    def hook_thread(self) -> HookThread: ...
    @property
    def has_threads(self) -> bool:
        """Whether workers take their turns while somebody else waits."""
        ...

    def add_worker(self, worker: Worker, *, unhurried: bool = False) -> Callable[[], None]:
        """Returns what wakes it; an unhurried one may take its turn a tenth of a second later."""
        ...

    def add_duty(self, duty: Duty) -> None:
        """Also once it runs; a duty of the same name takes the place of the one before."""
        ...

    def hurry(self, name: str) -> None:
        """Let the duty called so ring now, out of turn."""
        ...

    def do_aside(self, name: str, work: Callable[[], object]) -> None:
        """Begin long work that everybody goes before and nobody waits for."""
        ...

    def run_forever(self, name: str, step: Step) -> None:
        """Take ``step`` on the loop again and again until the end."""
        ...

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the loop; the future fails with Closed when there is none."""
        ...

    def rearm(self) -> None:
        """The clock was set: whatever rests until a time it told before is woken."""
        ...


class Troubles(Protocol):
    """Where the bridge says that something is wrong with itself, and that it is right again."""

    def raise_trouble(self, trouble: Trouble) -> None: ...
    def clear(self, name: str, what: str) -> None:
        """It is right again; costs nothing while it was."""
        ...


class Meter(Protocol):
    """Counts what happens; names and label values come from a fixed set."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None: ...
    def gauge(self, name: str, value: float, **labels: str) -> None: ...
    def observe(self, name: str, value: float, **labels: str) -> None: ...


class Rng(Protocol):
    """Jitter, so that a test can take it away."""

    def uniform(self, low: float, high: float) -> float: ...
