"""What a measurement of the relay stands on: the sandbox as a program, a bridge, a full database.

It owns their configuration and what is filled in; it refuses to measure.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from bench.ground import COMMAND, Process, ask

ANNA = 1001
DAY_MS = 86_400_000
TEXT = "Where is my parcel? It was to come on Monday, number %d"

_CONFIGURATION = """
bridge: {{ data_dir: "{folder}/data" }}
web: {{ listen: "127.0.0.1:{port}" }}
gateways:
  smspilot:
    url: http://127.0.0.1:{sandbox}/api2.php
    api_key: {key}
    sender: INFORM
    callback: off
    inbound_every: 1s
    duplicate_window: 5m
contacts: {{ anna: {{ phone: "+7 908 796-47-81", telegram: {anna}, role: admin }} }}
receivers: [ {{ name: page-anna, steps: [ {{ notify: [sms:anna] }} ] }} ]
route: {{ receiver: page-anna }}
chats:
  telegram:
    token: {token}
    api_url: http://127.0.0.1:{sandbox}
relay: {{ lines: [ {{ name: line, number: "79021121075", prefix: "1234", room: "@anna" }} ] }}
limits: {{ sms_per_contact_per_hour: 1000000, countries: [RU] }}
"""


class Sandbox(Process):
    """`pilotbridge sandbox`: gateway, phones and Telegram, with Anna's private chat, which has topics."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "sandbox")
        command: list[str | Path] = [COMMAND, "sandbox", "--listen", f"127.0.0.1:{self.port}"]
        self.start(command, lambda: ask(self.port, "/sandbox/telegram/")[0] == 200)
        self.order("telegram/bot", has_topics_enabled=True)

    def order(self, path: str, **fields: Any) -> Any:
        """Let a person or a phone do something."""
        return self._told("POST", path, json.dumps(fields).encode())

    def look(self, path: str) -> Any:
        return self._told("GET", path, b"")

    def _told(self, method: str, path: str, body: bytes) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            connection.request(method, f"/sandbox/{path}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            told = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{path}: {told}")
        return told


class RelayBridge(Process):
    """``pilotbridge run`` with a line that is relayed to Anna's private chat."""

    def __init__(self, folder: Path, *, sandbox: Sandbox) -> None:
        super().__init__(folder, "bridge")
        self.folder = folder
        self.file = folder / "pilotbridge.yaml"
        self.file.touch(mode=0o600)
        self.file.write_text(_written(folder, self.port, sandbox), encoding="utf-8")

    @property
    def database(self) -> Path:
        return self.folder / "data" / "pilotbridge.db"

    def run(self) -> float:
        command: list[str | Path] = [COMMAND, "-c", self.file, "run"]
        return self.start(command, lambda: ask(self.port, "/-/ready")[0] == 200)


def _written(folder: Path, port: int, sandbox: Sandbox) -> str:
    from pilotbridge.smspilot.wire import TEST_KEY

    token = sandbox.look("telegram/bot")["token"]
    return _CONFIGURATION.format(
        folder=folder, port=port, sandbox=sandbox.port, key=TEST_KEY, token=token, anna=ANNA
    )


def moment_ms(written: str) -> float:
    """A moment of the sandbox's journals."""
    return datetime.fromisoformat(written.replace("Z", "+00:00")).timestamp() * 1000


# --- a full database --------------------------------------------------------------------------------


def fill(database: Path, *, conversations: int, texts: int) -> None:
    """So many conversations with so many texts of the last 30 days, half of them answers, all ended."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        _fill(connection, conversations, texts // 2)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill(connection: sqlite3.Connection, conversations: int, pairs: int) -> None:
    now_ms = int(time.time() * 1000)
    began_ms, step_ms = now_ms - 30 * DAY_MS, max(30 * DAY_MS // max(pairs, 1), 1)
    at_ms = [began_ms + step_ms * number for number in range(pairs)]
    talks = [(n + 1, _party(n), "line", str(ANNA)) for n in range(conversations)]
    connection.executemany(
        "INSERT INTO conversation (id, party, line, chat, room, thread, title, state, made_at_ms, "
        "last_in_ms) VALUES (?1, ?2, ?3, 'telegram', ?4, 'x' || ?1, ?2, 'answered', ?5, ?5)",
        ((*talk, began_ms) for talk in talks),
    )
    for sql, rows in _rows(talks, at_ms):
        connection.executemany(sql, rows)
    connection.execute("UPDATE message_count SET amount = amount + ? WHERE state = 'delivered'", (pairs,))


def _party(number: int) -> str:
    return f"+7914{number:07d}"


def _rows(talks: list[tuple[Any, ...]], at_ms: list[int]) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
    """Each statement with its rows: what a text and its answer leave behind."""
    pairs = [(n + 1, talks[n % len(talks)], at, TEXT % n) for n, at in enumerate(at_ms)]
    yield (
        "INSERT INTO inbound (id, gateway, gateway_id, sender, number, text, created_at_ms, received_at_ms, "
        "state, reason) VALUES (?1, 'smspilot', 'old-' || ?1, ?2, '79021121075', ?3, ?4, ?4, 'routed', "
        "'relayed')",
        ((n, talk[1][1:], text, at) for n, talk, at, text in pairs),
    )
    yield (
        "INSERT INTO message (id, state, reason, recipient, contact, sender, text, text_is_unique, critical, "
        "prefer_duplicate, origin, gateway, server_id, parts, cost_e4, attempts, created_at_ms, "
        "lapses_at_ms, accepted_at_ms, settled_at_ms) VALUES (?1, 'delivered', 'delivered', ?2, '', "
        "'INFORM', ?3, 0, 0, 0, 'chat:telegram', 'smspilot', 'old' || ?1, 1, 25000, 1, ?4, ?4, ?4, ?4)",
        ((n, talk[1], text, at) for n, talk, at, text in pairs),
    )
    yield (
        "INSERT INTO post (id, state, reason, chat, room, lane, kind, content, conversation_id, subject, "
        "subject_id, repeats, chat_message, attempts, created_at_ms, settled_at_ms) VALUES (?1, 'delivered', "
        "'the chat shows it', 'telegram', ?2, 0, 'text', json_object('text', ?3), ?4, 'inbound', ?1, 1, "
        "'o' || ?1, 1, ?5, ?5)",
        ((n, talk[3], text, talk[0], at) for n, talk, at, text in pairs),
    )
    link = "INSERT INTO link (chat, room, message, conversation_id, inbound_id, message_id, at_ms) VALUES "
    yield (
        f"{link} ('telegram', ?2, 'o' || ?1, ?3, ?1, NULL, ?4)",
        ((n, talk[3], talk[0], at) for n, talk, at, _ in pairs),
    )
    yield (
        f"{link} ('telegram', ?2, 'p' || ?1, ?3, NULL, ?1, ?4)",
        ((n, talk[3], talk[0], at) for n, talk, at, _ in pairs),
    )
    yield (
        "INSERT INTO chat_sms (message_id, chat, room, thread, message, conversation_id, person, told, "
        "is_open) VALUES (?1, 'telegram', ?2, '', 'p' || ?1, ?3, 'anna', 'delivered', 0)",
        ((n, talk[3], talk[0]) for n, talk, _, _ in pairs),
    )
    numbers = count(1)
    yield (
        "INSERT INTO event (id, subject, subject_id, at_ms, event, state, reason) "
        "VALUES (?, ?, ?, ?, 'confirm', 'delivered', 'filled in')",
        ((next(numbers), subject, n, at) for n, _, at, _ in pairs for subject in ("message", "post")),
    )
