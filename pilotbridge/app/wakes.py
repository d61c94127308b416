"""What one part tells another: that there may be something to do. A wake too many costs a look.

It knows the workers' names; it refuses to know what they do.
"""

from __future__ import annotations

from collections.abc import Callable

from pilotbridge.protocols import Runtime, Worker


class Wakes:
    """The workers of one bridge, by name. ``oversee`` is given each, and who stands in for it."""

    def __init__(self, runtime: Runtime, oversee: Callable[[Worker], Worker] = lambda worker: worker) -> None:
        self._runtime = runtime
        self._oversee = oversee
        self._wakes: dict[str, Callable[[], None]] = {}

    def add(self, worker: Worker, *, unhurried: bool = False) -> None:
        """It takes turns from now on; an unhurried one not for every wake."""
        self._wakes[worker.name] = self._runtime.add_worker(self._oversee(worker), unhurried=unhurried)

    def one(self, name: str) -> None:
        """The worker of this name, if there is one."""
        wake = self._wakes.get(name)
        if wake is not None:
            wake()

    def everyone(self) -> None:
        for wake in self._wakes.values():
            wake()

    def alerting(self) -> None:
        """There may be something to take in, or to tell."""
        self.one("alerting")

    def senders(self) -> None:
        """There may be something to send."""
        self._all_of("sender-")

    def tracking(self) -> None:
        """A gateway may know more of what it has."""
        self._all_of("tracking-")

    def postings(self) -> None:
        """There may be something to post."""
        self._all_of("posting-")

    def on_call(self) -> None:
        """Somebody else may be on call."""
        self.one("handover")
        self.one("escalation")

    def told(self) -> None:
        """An incident was told of: by SMS, on a card, or both."""
        self.senders()
        self.one("cards")
        self.one("escalation")

    def outboxes(self) -> None:
        """Somebody on call is told of their shift, and of what is open."""
        self.alerting()
        self.senders()
        self.postings()

    def settled(self) -> None:
        """The fate of an SMS is known."""
        self.on_call()
        self.one("ticks")
        self.one("cards")

    def _all_of(self, kind: str) -> None:
        for name, wake in self._wakes.items():
            if name.startswith(kind):
                wake()
