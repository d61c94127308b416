"""The sender of the measurements: ``python -m bench.loader`` reads one job and prints what came of it.

A closed loop (each connection sends when it was answered) asks how much is taken; an open loop sends by the
clock, and what had to wait for a connection waited since the moment it was due.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import cast

import uvloop

from bench import bodies


@dataclass(frozen=True, slots=True)
class Job:
    """What to send. ``rate`` makes it an open loop; ``amount`` ends a closed one after so many bodies."""

    port: int
    path: str
    token: str
    alerts: int = 1
    kind: str = bodies.GROUPED
    teams: int = 500
    connections: int = 64
    warm_s: float = 0.0
    seconds: float = 0.0
    rate: float = 0.0
    amount: int = 0
    first: int = 0


@dataclass(slots=True)
class Sent:
    """What came of it. ``due_ns`` are the moments at which the bodies of an open loop were to be sent."""

    answered: int = 0
    seconds: float = 0.0
    began_ns: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    due_ns: list[int] = field(default_factory=list)
    first: int = 0
    latest_ms: float = 0.0
    posted: int = 0


def requests(job: Job) -> Iterator[bytes]:
    """One request after the other, without end."""
    head = (
        f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nUser-Agent: Alertmanager/0.25.0\r\n"
        f"Authorization: Bearer {job.token}\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    ).encode()
    templates = [bodies.template(job.alerts, team, kind=job.kind) for team in range(job.teams)]
    for number in count(job.first):
        body = bodies.numbered(templates[number % job.teams], number)
        yield head % len(body) + body


class Line(asyncio.Protocol):
    """One keep-alive connection with one request under way at most."""

    def __init__(self, on_answer: Callable[[Line, int], None]) -> None:
        self._on_answer = on_answer
        self._got = b""
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:

        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own

    def send(self, request: bytes) -> None:
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        got = self._got + data if self._got else data
        head_end = got.find(b"\r\n\r\n")
        if head_end < 0 or len(got) < head_end + 4 + _length(got[:head_end]):
            self._got = got
            return
        self._got = b""
        self._on_answer(self, int(got[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True

    def close(self) -> None:
        self._transport.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0] or 0)


async def _connect(job: Job, on_answer: Callable[[Line, int], None]) -> list[Line]:
    loop = asyncio.get_running_loop()
    lines = []
    for _ in range(job.connections):
        _, line = await loop.create_connection(lambda: Line(on_answer), "127.0.0.1", job.port)
        lines.append(line)
    return lines


async def closed_loop(job: Job) -> Sent:
    """Send as fast as it is answered, for ``seconds`` after ``warm_s``, or ``amount`` bodies."""
    sent, statuses = Sent(first=job.first), Counter[int]()
    written, left = requests(job), job.amount or sys.maxsize
    prepared = deque(next(written) for _ in range(job.amount))
    finished = asyncio.Event()
    under_way, is_measured = 0, not job.warm_s

    def send(line: Line) -> None:
        nonlocal left, under_way
        if left <= 0:
            if not under_way:
                finished.set()
            return
        left -= 1
        under_way += 1
        line.send(prepared.popleft() if prepared else next(written))

    def answered(line: Line, status: int) -> None:
        nonlocal under_way
        under_way -= 1
        statuses[status] += 1
        if is_measured:
            sent.answered += status == 202
        send(line)

    lines = await _connect(job, answered)
    sent.began_ns = time.monotonic_ns()
    for line in lines:
        send(line)
    if job.warm_s:
        await asyncio.sleep(job.warm_s)
        is_measured = True
    from_ns = time.monotonic_ns()
    if job.amount:
        await finished.wait()
    else:
        await asyncio.sleep(job.seconds)
    is_measured = False
    sent.seconds = (time.monotonic_ns() - from_ns) / 1e9
    left = 0
    if under_way:
        await asyncio.wait_for(finished.wait(), 30)
    return _closed(sent, statuses, lines)


async def open_loop(job: Job) -> Sent:
    """Send by the clock: body n is due n / ``rate`` seconds after the first."""
    sent, statuses = Sent(first=job.first), Counter[int]()
    amount = int(job.rate * job.seconds)
    written = requests(job)
    prepared = [next(written) for _ in range(amount)]
    free: deque[Line] = deque()
    waiting: deque[int] = deque()
    finished = asyncio.Event()
    answers = 0

    def send(number: int) -> None:
        if free:
            free.popleft().send(prepared[number])
        else:
            waiting.append(number)

    def answered(line: Line, status: int) -> None:
        nonlocal answers
        statuses[status] += 1
        answers += 1
        if answers == amount:
            finished.set()
        if waiting:
            line.send(prepared[waiting.popleft()])
        else:
            free.append(line)

    lines = await _connect(job, answered)
    free.extend(lines)
    gc.disable()
    sent.began_ns = time.monotonic_ns() + 50_000_000
    sent.due_ns = [sent.began_ns + int(n / job.rate * 1e9) for n in range(amount)]
    await _by_the_clock(sent, send)
    await asyncio.wait_for(finished.wait(), 60)
    sent.seconds = (time.monotonic_ns() - sent.began_ns) / 1e9
    sent.answered = statuses[202]
    return _closed(sent, statuses, lines)


async def _by_the_clock(sent: Sent, send: Callable[[int], None]) -> None:
    """Send each when it is due. Timers are a millisecond coarse; that counts as the bridge's time."""
    latest_ns, number = 0, 0
    while number < len(sent.due_ns):
        now_ns = time.monotonic_ns()
        while number < len(sent.due_ns) and (late_ns := now_ns - sent.due_ns[number]) >= 0:
            latest_ns = max(latest_ns, late_ns)
            send(number)
            number += 1
        if number < len(sent.due_ns):
            await asyncio.sleep(max(sent.due_ns[number] - time.monotonic_ns(), 0) / 1e9)
    sent.latest_ms = latest_ns / 1e6


def _closed(sent: Sent, statuses: Counter[int], lines: list[Line]) -> Sent:
    if any(line.is_lost for line in lines):
        statuses[0] = sum(line.is_lost for line in lines)
    for line in lines:
        line.close()
    sent.posted = sum(statuses.values())
    sent.statuses = {str(status): times for status, times in statuses.items()}
    return sent


def main() -> None:
    job = Job(**json.load(sys.stdin))
    sent = uvloop.run(open_loop(job) if job.rate else closed_loop(job))
    json.dump(dataclasses.asdict(sent), sys.stdout)


if __name__ == "__main__":
    main()
