"""Of the store's engine: what is on disk before a yes, whose the file is, and how rows are asked for."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import Edit, Mutant, one

_SQLITE = "pilotbridge/store/sqlite.py"

STORE_ENGINE = (
    one(
        "question-before-what-waits",
        "pilotbridge/store/connection.py",
        "        if self._touched and not self._touched.isdisjoint(TABLES[name]):\n",
        "        if False:\n",
        "tests/store/test_statements.py",
    ),
    one(
        "a-conversation-that-is-closed-still-counts-as-open",
        "pilotbridge/store/migrations/0019_tallies.sql",
        "  UPDATE tally SET amount = amount - 1 WHERE what = old.state;\nEND;\n\nCREATE TRIGGER conversation_gone",
        "END;\n\nCREATE TRIGGER conversation_gone",
        "tests/contracts/test_tallies.py",
    ),
    one(
        "a-post-that-is-pruned-still-counts-as-stuck",
        "pilotbridge/store/migrations/0019_tallies.sql",
        "AFTER DELETE ON post WHEN old.is_stuck",
        "AFTER DELETE ON post WHEN NOT old.is_stuck",
        "tests/contracts/test_tallies.py",
    ),
    one(
        "no-copy-before-a-migration",
        "pilotbridge/store/migrations/__init__.py",
        "    if version:\n        _copy(",
        "    if False:\n        _copy(",
        "tests/store/test_engine.py",
    ),
    one(
        "newer-database-is-opened",
        "pilotbridge/store/migrations/__init__.py",
        "    if version > max(texts):\n",
        "    if False:\n",
        "tests/store/test_engine.py",
    ),
    Mutant(
        "synchronous-normal",
        (
            Edit(_SQLITE, "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
            Edit(_SQLITE, '(("journal_mode", "wal"), ("synchronous", 2))', '(("journal_mode", "wal"),)'),
        ),
        ("tests/store/test_engine.py", "tests/store/test_power_cut.py"),
    ),
    one(
        "settings-not-read-back",
        _SQLITE,
        "        if found != expected:\n",
        "        if False:\n",
        "tests/store/test_engine.py",
    ),
    one(
        "a-job-loses-its-neighbours",
        _SQLITE,
        '            self._writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")\n',
        '            self._writer.execute("ROLLBACK") if alone else None\n',
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "a-first-job-that-fails-ends-the-transaction-of-the-others",
        _SQLITE,
        "                if is_empty:\n                    self._begin()\n",
        "                if not results:\n                    self._begin()\n",
        "tests/store/test_engine.py",
    ),
    one(
        "a-second-job-that-fails-takes-the-first-along",
        _SQLITE,
        "                is_empty = is_empty and results[-1][1] is not None\n",
        "                is_empty = results[-1][1] is not None\n",
        "tests/store/test_engine.py",
    ),
    one(
        "a-job-alone-is-half-written",
        _SQLITE,
        '            self._writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")\n',
        '            self._writer.execute("COMMIT" if alone else "ROLLBACK TO job")\n',
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "lost-transaction-unnoticed",
        _SQLITE,
        "            if not self._writer.in_transaction or _is_grave(error):\n",
        "            if False:\n",
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "connection-kept-after-io-error",
        _SQLITE,
        "        if _is_grave(cause) or (",
        "        if (",
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "a-database-that-went-is-made-anew",
        _SQLITE,
        "        if self._file is not None and (why := why_elsewhere(self.path, self._file)):\n",
        "        if (why := ''):\n",
        "tests/store/test_faults.py",
    ),
    one(
        "a-log-that-went-is-not-missed",
        _SQLITE,
        "        if self._writer is not None and self._log != file_at(log_of(self.path)):\n",
        "        if False:\n",
        "tests/store/test_faults.py",
    ),
    one(
        "a-log-that-fills-the-disk-stays",
        _SQLITE,
        '            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()\n',
        "",
        "tests/store/test_faults.py",
    ),
    one(
        "what-was-opened-read-only-stays-so",
        _SQLITE,
        "_GRAVE = frozenset({8, 10, 11, 13, 14, 26})\n",
        "_GRAVE = frozenset({10, 11, 13, 14, 26})\n",
        "tests/store/test_faults.py",
    ),
    one(
        "no-fencing",
        _SQLITE,
        "        if self._verbs.epoch() != self._epoch:\n",
        "        if False:\n",
        "tests/store/test_engine.py",
    ),
    one(
        "no-lock",
        _SQLITE,
        "        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "        pass\n",
        "tests/store/test_engine.py",
    ),
    one(
        "what-is-forgotten-stays-in-the-file",
        _SQLITE,
        "PRAGMA secure_delete = ON",
        "PRAGMA secure_delete = OFF",
        "tests/cli/test_privacy.py",
    ),
    one(
        "a-file-that-is-damaged-costs-the-body",
        "pilotbridge/store/sqlite.py",
        "_GRAVE = frozenset({8, 10, 11, 13, 14, 26})",
        "_GRAVE = frozenset({8, 10, 13, 14})",
        "tests/store/test_engine.py",
    ),
)
