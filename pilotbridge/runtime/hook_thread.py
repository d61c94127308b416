"""Where plugins' code runs: one thread answers questions, one is told what happened, one does regular work.

Each is left behind when a call overruns its deadline, and another takes its place; what a call means is
not known here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from pilotbridge.errors import Closed

T = TypeVar("T")

TOLD_MAX = 10_000


class DirectHookThread:
    """Runs each call at once in the caller's thread; a test's plugin that hangs, hangs the test."""

    def ask(self, call: Callable[[], T], deadline_s: float) -> T:  # noqa: ARG002 - nobody to enforce it
        return call()

    def tell(self, call: Callable[[], None], deadline_s: float) -> bool:  # noqa: ARG002
        call()
        return True

    def work(self, call: Callable[[], T], deadline_s: float) -> T:  # noqa: ARG002
        return call()


@dataclass(eq=False, slots=True)
class _Call:
    run: Callable[[], Any]
    deadline_s: float
    answer: Future[Any] = field(default_factory=Future)
    started: threading.Event = field(default_factory=threading.Event)
    started_at_s: float = 0.0

    def overran(self) -> bool:
        return self.started.is_set() and monotonic() - self.started_at_s >= self.deadline_s


class _Lane:
    """A queue and the thread that serves it; a thread that was left behind ends after its call."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: SimpleQueue[_Call | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._server: threading.Thread | None = None
        self._current: _Call | None = None
        self._closed = False

    def put(self, call: _Call) -> None:
        """:raises Closed: when nobody would come for it."""
        with self._lock:
            if self._closed:
                raise Closed("plugins are not called any more")
            if self._server is None:
                self._serve()
            self._queue.put(call)

    def waiting(self) -> int:
        return self._queue.qsize()

    def replace_overrun(self) -> None:
        """Let another thread take over when the present call is past its deadline."""
        with self._lock:
            current = self._current
            if current is not None and current.overran():
                self._current = None
                self._serve()

    def leave(self, call: _Call) -> None:
        """Abandon ``call`` and its thread, unless it has just ended."""
        with self._lock:
            if self._current is call:
                self._current = None
                self._serve()

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._queue.put(None)

    def _serve(self) -> None:
        if not self._closed:
            self._server = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._server.start()

    def _work(self) -> None:
        while (call := self._queue.get()) is not None:
            with self._lock:
                self._current = call
                call.started_at_s = monotonic()
                call.started.set()
            try:
                result, failure = call.run(), None
            except Exception as error:  # noqa: BLE001 - handed to whoever asked
                result, failure = None, error
            with self._lock:
                abandoned = self._current is not call
                self._current = None if not abandoned else self._current
            if failure is not None:
                call.answer.set_exception(failure)
            else:
                call.answer.set_result(result)
            if abandoned:
                return


class PluginThreads:
    """The hook thread of the running bridge.

    Questions, tellings and regular work have a thread each, so that nothing slow delays a question.
    """

    def __init__(self) -> None:
        self._questions = _Lane("hooks")
        self._told = _Lane("told-hooks")
        self._rounds = _Lane("plugins' rounds")

    def ask(self, call: Callable[[], T], deadline_s: float) -> T:
        """See :class:`pilotbridge.protocols.HookThread`."""
        return _ask(self._questions, call, deadline_s)

    def work(self, call: Callable[[], T], deadline_s: float) -> T:
        return _ask(self._rounds, call, deadline_s)

    def tell(self, call: Callable[[], None], deadline_s: float) -> bool:
        self._told.replace_overrun()
        if self._told.waiting() >= TOLD_MAX:
            return False
        try:
            self._told.put(_Call(call, deadline_s))
        except Closed:
            return False
        return True

    def close(self) -> None:
        for lane in (self._questions, self._told, self._rounds):
            lane.close()


def _ask(lane: _Lane, call: Callable[[], T], deadline_s: float) -> T:
    asked = _Call(call, deadline_s)
    lane.put(asked)
    while not asked.started.wait(deadline_s):
        lane.replace_overrun()
    try:
        return asked.answer.result(deadline_s)  # type: ignore[no-any-return]
    except TimeoutError:
        if asked.answer.done():  # the plugin's own TimeoutError, or it ended this very moment
            return asked.answer.result()  # type: ignore[no-any-return]
        lane.leave(asked)
        raise TimeoutError(f"no answer within {deadline_s:g} s") from None
