"""Of the store: what a row keeps when another word, another owner or another try comes over it."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_QUERIES = "pilotbridge/store/queries.sql"
_ALERTING = "tests/contracts/test_alerting_contract.py"
_OUTBOX = "tests/contracts/test_outbox_contract.py"
_INTAKE = "tests/contracts/test_intake_contract.py"

STORE = (
    one(
        "the-quick-check-alone-is-believed",
        "pilotbridge/store/soundness.py",
        ' and _said(connection, f"integrity_check{argument}")',
        "",
        "tests/store/upkeep/test_soundness.py",
    ),
    one(
        "a-lost-row-stands-in-the-way-of-a-new-one",
        "pilotbridge/store/mending.py",
        '    ("attempt", "message_id", "message"),\n',
        "",
        "tests/store/test_salvage.py",
    ),
    one(
        "a-row-that-does-not-fit-is-lost-in-silence",
        "pilotbridge/store/salvage.py",
        " == 1 and is_whole",
        " >= 0 and is_whole",
        "tests/store/test_salvage.py",
    ),
    one(
        "damage-to-the-list-of-tables-is-no-damage",
        "pilotbridge/store/soundness.py",
        "            if _code(error) != sqlite3.SQLITE_CORRUPT:\n",
        "            if _code(error) == sqlite3.SQLITE_CORRUPT:\n",
        "tests/store/test_watching.py",
    ),
    one(
        "damage-is-found-and-kept-quiet",
        "pilotbridge/store/watching.py",
        "    troubles.raise_trouble(Trouble(DAMAGED, WHAT, summary, Severity.CRITICAL))\n",
        "",
        "tests/store/test_watching.py",
    ),
    one(
        "a-start-waits-for-the-look-at-the-pages",
        "pilotbridge/runtime/aside.py",
        "    Thread(target=run, name=name, daemon=True).start()\n",
        "    run()\n",
        "tests/store/test_watching.py",
    ),
    one(
        "a-lease-of-the-next-episode-is-none",
        _QUERIES,
        "expires_at_ms = excluded.expires_at_ms, leased = excluded.leased, sender_group",
        "expires_at_ms = excluded.expires_at_ms, sender_group",
        _ALERTING,
    ),
    one(
        "a-silence-that-ends-while-a-group-is-looked-at-is-overlooked",
        _QUERIES,
        "UPDATE alert_group SET due_at_ms = min(coalesce(due_at_ms, :now), :now), revision = revision + 1"
        " WHERE muted <> '';",
        "UPDATE alert_group SET due_at_ms = min(coalesce(due_at_ms, :now), :now) WHERE muted <> '';",
        _ALERTING,
    ),
    one(
        "what-waits-behind-another-never-lapses",
        _QUERIES,
        "OR state <> 'queued' OR lapses_at_ms <= :now OR NOT EXISTS",
        "OR state <> 'queued' OR NOT EXISTS",
        _OUTBOX,
    ),
    one(
        "a-claim-that-waits-forgets-its-message",
        _QUERIES,
        "message_id = coalesce(?, message_id) WHERE id",
        "message_id = ? WHERE id",
        _OUTBOX,
    ),
    one(
        "a-key-is-forgotten-with-the-repeats",
        _QUERIES,
        "WHERE id = ? AND once IS NULL;",
        "WHERE id = ?;",
        _INTAKE,
    ),
    one(
        "whoever-texted-last-is-heard-first",
        _QUERIES,
        "FROM inbound WHERE state = 'received' ORDER BY id LIMIT ?;",
        "FROM inbound WHERE state = 'received' ORDER BY id DESC LIMIT ?;",
        _INTAKE,
    ),
    one(
        "a-file-that-is-damaged-costs-the-body",
        "pilotbridge/store/sqlite.py",
        "_GRAVE = frozenset({8, 10, 11, 13, 14, 26})",
        "_GRAVE = frozenset({8, 10, 13, 14})",
        "tests/store/test_engine.py",
    ),
)
