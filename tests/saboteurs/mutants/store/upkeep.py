"""Of looking after a database: what is found, what comes back, and what may have been sent since."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

STORE_UPKEEP = (
    one(
        "restored-messages-are-sent-again",
        "pilotbridge/store/doubting.py",
        "    message_ids = tx.unsent_ids()\n",
        "    message_ids = tx.unsent_ids()[:0]\n",
        "tests/store/upkeep/test_restoring.py",
    ),
    one(
        "restored-names-are-used-again",
        "pilotbridge/store/doubting.py",
        "    tx.set_meta(CLIENT_ID_BASE, str(int(rng.uniform(1, 2**30))))\n",
        "",
        "tests/store/upkeep/test_restoring.py",
    ),
    one(
        "a-lost-row-stands-in-the-way-of-a-new-one",
        "pilotbridge/store/mending.py",
        '    ("attempt", "message_id", "message"),\n',
        "",
        "tests/store/test_salvage.py",
    ),
    one(
        "a-moment-without-a-database",
        "pilotbridge/store/restoring.py",
        "        os.link(path, kept)\n",
        "        os.replace(path, kept)\n",
        "tests/store/upkeep/test_restoring.py",
    ),
    one(
        "second-restore-takes-the-original",
        "pilotbridge/store/restoring.py",
        "    if kept.exists():\n",
        "    if False:\n",
        "tests/store/upkeep/test_restoring.py",
    ),
    one(
        "what-lies-behind-a-damaged-page-is-lost",
        "pilotbridge/store/salvage.py",
        '    _copy_until_fault(to, add, _rows(from_, f"{select} ORDER BY {_key(from_, table)} DESC"))\n',
        "",
        "tests/store/upkeep/test_restoring_anyway.py",
    ),
    one(
        "a-row-that-does-not-fit-is-lost-in-silence",
        "pilotbridge/store/salvage.py",
        " == 1 and is_whole",
        " >= 0 and is_whole",
        "tests/store/test_salvage.py",
    ),
    one(
        "an-empty-file-is-restored",
        "pilotbridge/store/soundness.py",
        "        if next(iter(connection.execute(_OURS)))[0] == 0:\n",
        "        if False:\n",
        "tests/store/upkeep/test_restoring_anyway.py",
    ),
    one(
        "the-quick-check-alone-is-believed",
        "pilotbridge/store/soundness.py",
        ' and _said(connection, f"integrity_check{argument}")',
        "",
        "tests/store/upkeep/test_soundness.py",
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
)
