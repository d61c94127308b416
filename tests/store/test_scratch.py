"""The database of what is only reckoned: it has the verbs of the real one and leaves nothing behind."""

from __future__ import annotations

import pytest

from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.scratch import JOBS, ScratchEngine


@pytest.fixture
def engine():
    engine = ScratchEngine()
    yield engine
    engine.close()


def test_a_job_that_fails_loses_its_own_changes_only(engine):
    store = DirectStore(engine)
    store.write(lambda tx: tx.set_meta("kept", "1")).result()

    def fails(tx):
        tx.set_meta("kept", "2")
        tx.set_meta("lost", "1")
        raise ValueError("this one fails")

    failed = store.write(fails)
    store.write(lambda tx: tx.set_meta("after", "1")).result()

    with pytest.raises(ValueError, match="this one fails"):
        failed.result()
    with store.read() as read:
        assert [read.meta(key) for key in ("kept", "lost", "after")] == ["1", None, "1"]


def test_more_jobs_than_one_transaction_holds_are_all_kept(engine):
    store = DirectStore(engine)

    for number in range(2 * JOBS + 1):
        store.write(lambda tx, number=number: tx.set_meta(str(number % 7), str(number))).result()

    with store.read() as read:
        assert read.meta(str(2 * JOBS % 7)) == str(2 * JOBS)


def test_a_verb_never_reads_what_a_failed_job_wanted_to_add(engine):
    store = DirectStore(engine)

    def fails(tx):
        tx.later("await_intake", (7,))
        raise ValueError("this one fails")

    store.write(fails)
    store.write(lambda tx: None).result()

    with store.read() as read:
        assert read.count_waiting() == 0
