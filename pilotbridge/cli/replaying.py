"""`pilotbridge routes replay`: what is played, and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pilotbridge.cli.database import existing
from pilotbridge.cli.garbage import collect_from_here_on
from pilotbridge.cli.invocation import Invocation
from pilotbridge.cli.progress import progress
from pilotbridge.clock import SystemClock, from_ms
from pilotbridge.replay.kept import kept_since
from pilotbridge.replay.play import Heard, Score, play
from pilotbridge.replay.report import Share, compare, shares
from pilotbridge.store.looking import look
from pilotbridge.store.protocol import ReadVerbs


def replayed(
    invocation: Invocation, since_s: float, against: Path | None, price: Decimal | None
) -> dict[str, Any]:
    """Play the journal of the last ``since_s`` seconds, and compare person by person."""
    collect_from_here_on()
    now_ms = SystemClock().now_ms()
    since_ms = now_ms - int(since_s * 1000)
    with look(existing(invocation)) as read:
        score = _score(read, since_ms)
        heard = _played(invocation, score, "replaying")
        before, what = _before(invocation, read, score, against, since_ms)
    rows = compare(before, heard.shares, price)
    return {
        "since": from_ms(since_ms),
        "bodies": heard.bodies,
        "alerts": heard.alerts,
        "unread": heard.unread,
        "incidents": heard.incidents,
        "schedules_unknown": list(heard.unknown),
        "compared_with": what,
        "people": rows,
    }


def _score(read: ReadVerbs, since_ms: int) -> Score:
    """Until what the bridge wrote down last: it may have been off since."""
    total, _ = read.count_bodies(since_ms)
    until_ms = read.last_happening() or since_ms
    kept = kept_since(read, since_ms)
    return Score(lambda: read.bodies_since(since_ms), total, read.takings(since_ms), until_ms, kept)


def _before(
    invocation: Invocation, read: ReadVerbs, score: Score, against: Path | None, since_ms: int
) -> tuple[Mapping[str, Share], str]:
    if against is None:
        return shares(read.alert_messages(since_ms), invocation.settings()), "what was really sent"
    other = Invocation(config=against, as_json=invocation.as_json, language=invocation.language)
    return _played(other, score, f"replaying {against.name}").shares, str(against)


def _played(invocation: Invocation, score: Score, what: str) -> Heard:
    loaded, plugins = invocation.load()
    with progress(what) as told:
        return play(loaded.settled(), plugins, score, told)
