"""The relay: how long an SMS and an answer are on their way, with little behind them and with very much.

From the gateway's and Telegram's own journals, both of the sandbox, on one clock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.chat_ground import ANNA, RelayBridge, Sandbox, fill, moment_ms
from bench.figures import Figure

ANSWERS_EVERY_S = 0.05
POSTS_EVERY_S = 2.3
"""A private chat takes one post a second, and the gateway is asked once a second."""
ARRIVES_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class RelayScale:
    """``answers`` and ``sms`` of so many ``phones`` in each round; what a full database has."""

    rounds: int = 3
    phones: int = 8
    answers: int = 300
    sms: int = 30
    conversations: int = 10_000
    texts: int = 1_000_000


def measure(folder: Path, scale: RelayScale) -> list[Figure]:
    full_one = (scale.conversations, scale.texts)
    empty = [_round(folder / f"empty-{turn}", scale) for turn in range(scale.rounds)]
    full = [_round(folder / f"full-{turn}", scale, full_one) for turn in range(scale.rounds)]
    stored = f"{scale.texts:,} texts stored"
    return [
        *_figures("SMS polled to posted", [found[0] for found in empty], (None, 100)),
        *_figures("answer to gateway", [found[1] for found in empty], (30, 150)),
        *_figures(f"SMS polled to posted, {stored}", [found[0] for found in full], (None, 100)),
        *_figures(f"answer to gateway, {stored}", [found[1] for found in full], (30, 150)),
    ]


def _figures(
    name: str, rounds: Sequence[Sequence[float]], targets: tuple[float | None, float | None]
) -> list[Figure]:
    halves = tuple(_share(found, 0.50) for found in rounds)
    most = tuple(_share(found, 0.99) for found in rounds)
    return [
        Figure(f"{name}, p50", "ms", halves, targets[0], True),
        Figure(f"{name}, p99", "ms", most, targets[1], True),
    ]


def _share(found: Sequence[float], share: float) -> float:
    ordered = sorted(found)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _round(
    folder: Path, scale: RelayScale, full: tuple[int, int] | None = None
) -> tuple[list[float], list[float]]:
    """Milliseconds of each SMS and of each answer."""
    folder.mkdir(mode=0o700, parents=True)
    with _running(folder, full) as sandbox:
        _begin_to_talk(sandbox, scale.phones)
        return _sms_ms(sandbox, scale), _answers_ms(sandbox, scale)


@contextmanager
def _running(folder: Path, full: tuple[int, int] | None) -> Iterator[Sandbox]:
    with Sandbox(folder) as sandbox, RelayBridge(folder, sandbox=sandbox) as bridge:
        if full is not None:
            bridge.run()
            bridge.stop()
            fill(bridge.database, conversations=full[0], texts=full[1])
        bridge.run()
        yield sandbox


def _phone(number: int) -> str:
    return f"7913000{number:04d}"


def _text(sandbox: Sandbox, number: int, text: str) -> None:
    sandbox.order(f"phones/{_phone(number)}/sms", text=text)


def _begin_to_talk(sandbox: Sandbox, phones: int) -> None:
    """A conversation with each phone, so that its topic is there."""
    for number in range(phones):
        _text(sandbox, number, f"hello {number}")
    _wait_until(lambda: all(_posted(sandbox, f"hello {number}") for number in range(phones)))
    time.sleep(2 * POSTS_EVERY_S)


def _posted(sandbox: Sandbox, text: str) -> float | None:
    """When Telegram was asked to show ``text``."""
    for call in sandbox.look("telegram/calls?method=sendMessage&limit=10000"):
        if call["fields"]["text"] == text:
            return moment_ms(call["at"])
    return None


def _wait_until(is_so: Any) -> None:
    ends_at = time.monotonic() + ARRIVES_WITHIN_S
    while not is_so():
        if time.monotonic() > ends_at:
            raise RuntimeError("what was waited for did not come")
        time.sleep(0.05)


def _sms_ms(sandbox: Sandbox, scale: RelayScale) -> list[float]:
    """From the gateway's answer that held an SMS to the post; so seldom that none waits for a limit."""
    amount = scale.sms
    for number in range(amount):
        _text(sandbox, number % scale.phones, f"sms {number}")
        time.sleep(POSTS_EVERY_S)
    _wait_until(lambda: _posted(sandbox, f"sms {amount - 1}"))
    polls = sorted(moment_ms(asked["at"]) for asked in sandbox.look("requests?command=inbound&limit=10000"))
    sent = {
        sms["text"].partition(" ")[2]: moment_ms(sms["visible"]) for sms in _arrived(sandbox, scale.phones)
    }
    found = []
    for number in range(amount):
        posted = _posted(sandbox, f"sms {number}")
        polled = next((at for at in polls if at >= sent[f"sms {number}"]), None)
        if posted is None or polled is None:
            raise RuntimeError(f"sms {number} was not posted")
        found.append(max(posted - polled, 0.0))
    return found


def _arrived(sandbox: Sandbox, phones: int) -> list[dict[str, Any]]:
    """What phones have written."""
    return [
        sms
        for number in range(phones)
        for sms in sandbox.look(f"phones/{_phone(number)}?limit=1000")["written"]
    ]


def _answers_ms(sandbox: Sandbox, scale: RelayScale) -> list[float]:
    """From a person's message to the gateway's request with its text."""
    topics = sandbox.look(f"telegram/chats/{ANNA}/topics")
    threads = [topic["message_thread_id"] for topic in topics]
    sent_ms = {}
    for number in range(scale.answers):
        sent_ms[f"answer {number}"] = time.time() * 1000
        thread = threads[number % scale.phones]
        sandbox.order(f"telegram/chats/{ANNA}/write", person=ANNA, text=f"answer {number}", thread=thread)
        time.sleep(ANSWERS_EVERY_S)
    _wait_until(lambda: len(_came_ms(sandbox)) >= scale.answers)
    came = _came_ms(sandbox)
    return [came[text] - at_ms for text, at_ms in sent_ms.items()]


def _came_ms(sandbox: Sandbox) -> dict[str, float]:
    """When the gateway was first asked to send each text."""
    found: dict[str, float] = {}
    for asked in sandbox.look("requests?command=send&limit=10000"):
        for row in json.loads(asked["body"])["send"]:
            found[row["text"]] = moment_ms(asked["at"])
    return found
