"""What people and programs look at, beside few messages and beside very many: it should cost the same.

It owns the list of looks, each the very one of a page, a list or a command; what a full database holds stands
in ``full.sql``.
"""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Figure

if TYPE_CHECKING:
    from pilotbridge.config.settings import Settings
    from pilotbridge.store.protocol import ReadVerbs

NOW_MS = 1_800_000_000_000
ACTIVE = 200
"""So many alerts fire and so many incidents are open, however many there have been."""
UNSENT = 50
FEW, PEOPLE = 10_000, 50
STEP_MS = 90 * 86_400_000 // 1_000_000
"""From one message to the next: the last hour holds as many in every database."""
TIMES = 15
FILL = Path(__file__).with_name("full.sql")

_CONFIGURATION = """
bridge: {{ data_dir: "{folder}/data" }}
gateways: {{ smspilot: {{ api_key: {key}, sender: INFORM, callback: off }} }}
sources: {{ alertmanager: {{ token: {key} }} }}
contacts: {{ c1: {{ phone: "+79080000001" }} }}
receivers: [ {{ name: page, steps: [ {{ notify: [sms:c1] }} ] }} ]
route: {{ receiver: page }}
chats: {{ telegram: {{ token: "1000:{key}", rooms: {{ ops: {{ id: -1001234567890 }} }} }} }}
relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234", room: ops }} ] }}
"""


@dataclass(frozen=True, slots=True)
class LookingScale:
    """How many messages are stored: 90 days of them, or as many of the last ones as ``messages`` says."""

    messages: int = 1_000_000


def measure(folder: Path, scale: LookingScale) -> list[Figure]:
    few = _looked(folder / "few", min(FEW, scale.messages))
    many = _looked(folder / "many", scale.messages)
    return [
        Figure(
            f"{name}, {scale.messages:,} messages",
            "ms",
            tuple(many[name]),
            2.0,
            True,
            references=tuple(few[name]),
        )
        for name in many
    ]


def _looked(folder: Path, messages: int) -> dict[str, list[float]]:
    """Milliseconds of each look, time after time; the first is not counted."""
    from pilotbridge.store.looking import look

    settings, found = filled(folder, messages), {}
    gc.disable()
    for name, ask in LOOKS.items():
        with look(settings.store.sqlite_path) as read:
            found[name] = [_timed(partial(ask, read, settings)) for _ in range(TIMES + 1)][1:]
    gc.enable()
    return found


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


# --- the looks --------------------------------------------------------------------------------------

Look = Callable[["ReadVerbs", "Settings"], object]


def _messages(**wanted: Any) -> Look:
    from pilotbridge.desk import looks

    return lambda read, settings: looks.messages(read, looks.MessagesWanted(**wanted), settings)


def _inbox(**wanted: Any) -> Look:
    from pilotbridge.desk import looks

    return lambda read, settings: looks.inbox(read, looks.InboxWanted(**wanted), settings)


def _conversations(**wanted: Any) -> Look:
    from pilotbridge.desk import looks

    return lambda read, settings: looks.conversations(read, looks.ConversationsWanted(**wanted), settings)


def _alerts(state: str) -> Look:
    from pilotbridge.desk import shown

    return lambda read, _settings: [shown.alert(row) for row in read.alerts_listed(state, 100)]


def _trace(name: str, kind: str | None) -> Look:
    from pilotbridge.cli.trace import ALERTS_TOLD, steps_of

    return lambda read, settings: list(steps_of(read, name, kind, ALERTS_TOLD, lambda: settings))


def _gauges(read: ReadVerbs, _settings: Settings) -> None:
    from pilotbridge.gauges import set_gauges
    from pilotbridge.metrics import Metrics

    set_gauges(Metrics(version="", names={}), read, NOW_MS)


def _looks() -> Mapping[str, Look]:
    from pilotbridge.clock import from_ms
    from pilotbridge.desk import contacts, looks, shown
    from pilotbridge.desk.looks import CONVERSATION_STATES, INBOUND_STATES
    from pilotbridge.lifecycle import State
    from pilotbridge.outbox.pausing import paused

    return {
        "messages": _messages(),
        **{f"messages --way {way}": _messages(way=way) for way in ("sms", "chat")},
        **{f"messages --state {state}": _messages(state=state.value, limit=10) for state in State},
        "messages --stuck": _messages(stuck=True, limit=10),
        "message": lambda read, _settings: shown.message(read.message(7)),
        "alerts": _alerts(""),
        **{f"alerts --state {state}": _alerts(state) for state in ("firing", "resolved", "stale")},
        "alerts a plugin asks for": lambda read, _settings: list(
            read.alerts_known(since_ms=NOW_MS - 3_600_000, surely=None)
        ),
        "incidents": lambda read, _settings: [
            shown.incident(row.incident) for row in read.incidents_listed(100)
        ],
        "incidents, open ones": lambda read, _settings: read.incidents_open(NOW_MS + 1, 11),
        "incidents, and lately closed": lambda read, _settings: read.incidents_open(NOW_MS - 3_600_000),
        "trace of a message": _trace("7", "message"),
        "trace of an alert": _trace("7", "alert"),
        "trace of an incident": _trace("107", None),
        "inbox": _inbox(),
        **{f"inbox --state {state}": _inbox(state=state) for state in INBOUND_STATES},
        "inbox --from": _inbox(sender="+79080000007"),
        "inbox --line": _inbox(line="ops"),
        "inbox --since": _inbox(since=from_ms(NOW_MS - 3_600_000)),
        "conversations": _conversations(),
        **{f"conversations --state {state}": _conversations(state=state) for state in CONVERSATION_STATES},
        "conversations --phone": _conversations(phone="+79080000007"),
        "conversations --line": _conversations(line="ops"),
        "conversation": lambda read, settings: looks.conversation(read, "7", settings, limit=100),
        "post": lambda read, settings: looks.post(read, 7, settings),
        "contacts": lambda read, settings: contacts.contacts(read, settings),
        "opt-outs": lambda read, _settings: looks.optouts(read),
        "silences": lambda read, _settings: [shown.silence(found) for found in read.silences(0)],
        "Alertmanager's alerts": lambda read, _settings: [
            read.firing_in([each.alert_id for each in read.firing_members()]),
            read.groups_with_members(),
            read.silences(NOW_MS),
        ],
        "metrics": _gauges,
        "balance": lambda read, _settings: [read.spent_since(NOW_MS - 3_600_000), paused(read)],
    }


# --- a full database --------------------------------------------------------------------------------


def filled(folder: Path, messages: int) -> Settings:
    """A database with so many messages, and what belongs to them."""
    from pilotbridge.config.loader import load, outline
    from pilotbridge.plugin_manager import load_plugins
    from pilotbridge.store.migrations import migrate, statements
    from pilotbridge.store.sqlite import SqliteEngine

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "pilotbridge.yaml"
    file.touch(mode=0o600)
    file.write_text(_CONFIGURATION.format(folder=folder, key="m" * 40), encoding="utf-8")
    plugins = load_plugins(outline(file, env={}))
    settings = load(file, env={}, known=plugins.known()).settled()
    path = settings.store.sqlite_path
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))
    engine.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for statement in statements(FILL.read_text("utf-8")):
            connection.execute(statement, _numbers(messages))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return settings


def _numbers(messages: int) -> dict[str, int]:
    """What the statements below are told: every message is ``step`` ms after the one before."""
    return {
        "n": messages,
        "half": messages // 2,
        "tenth": messages // 10,
        "talks": max(messages // 20, 1),
        "now": NOW_MS,
        "step": STEP_MS,
        "active": min(ACTIVE, messages // 4),
        "unsent": min(UNSENT, messages // 4),
        "people": PEOPLE,
    }


LOOKS = _looks()
