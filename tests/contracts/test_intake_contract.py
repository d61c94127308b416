"""What the intake and the inbound feed rely on, of whatever engine keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.errors import StoreUnavailable
from pilotbridge.model import InboundSms
from pilotbridge.protocols import Incoming
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.records import Body, Refusal

AT = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
NOW = int(AT.timestamp() * 1000)


def body(content: bytes = b"\x00\xff body", *, once: str | None = None, alerts: int = 1) -> Body:
    return Body(Incoming("am", content, {"x": "й"}, {"q": "1"}, AT), alerts, once)


def sms(gateway_id: str = "1", **changes) -> InboundSms:
    fields = {"gateway": "main", "gateway_id": gateway_id, "sender": "79087964781", "number": "79021121075"}
    return InboundSms(**fields | {"text": "привет", "created_at": AT} | changes)


def test_a_body_comes_back_as_it_was_given(write, store):
    journal_id, is_new = write(lambda tx: tx.append_journal(body()))

    with store.read() as read:
        kept = read.journal_body(journal_id)
    assert is_new
    assert (kept.incoming.body, kept.incoming.headers, kept.incoming.received_at) == (
        b"\x00\xff body",
        {"x": "й"},
        AT,
    )


def test_bodies_wait_oldest_first_until_they_are_taken_in(write, store):
    first, second = (write(lambda tx: tx.append_journal(body()))[0] for _ in range(2))

    with store.read() as read:
        assert [waiting.id for waiting in read.waiting_bodies(100)[0]] == [first, second]
    write(lambda tx: tx.taken_in([first]))
    with store.read() as read:
        assert read.still_waiting([first, second]) == {second}
        assert (read.oldest_waiting(), read.count_waiting()) == (second, 1)


def test_a_body_that_is_taken_in_by_the_transaction_that_keeps_it_waits_for_nothing(write, store):
    number, is_new = write(lambda tx: tx.append_journal(body(), waits=False))

    with store.read() as read:
        assert (is_new, read.last_journal_number(), read.count_waiting()) == (True, number, 0)
        assert read.journal_body(number) is not None


def test_an_empty_journal_has_no_last_number(store):
    with store.read() as read:
        assert read.last_journal_number() == 0


def test_a_body_with_a_known_key_is_the_earlier_one_and_waits_once(write, store):
    first = write(lambda tx: tx.append_journal(body(once="key")))
    again = write(lambda tx: tx.append_journal(body(b"other", once="key")))

    assert (first[1], again) == (True, (first[0], False))
    with store.read() as read:
        assert read.count_waiting() == 1


def test_refusals_are_kept_newest_first(write, store):
    for status in (400, 422):
        write(lambda tx, s=status: tx.add_refusal(Refusal(NOW, "am", s, "bad", "why", "alerts[0]", b"head")))

    with store.read() as read:
        assert [refusal.status for refusal in read.refusals(0)] == [422, 400]


def test_a_job_that_raises_takes_back_only_its_own_changes(engine, store):
    def fails(tx):
        tx.append_journal(body())
        raise ValueError("no")

    results = engine.commit(
        [lambda tx: tx.append_journal(body()), fails, lambda tx: tx.append_journal(body())]
    )

    assert [type(error) for _, error in results] == [type(None), ValueError, type(None)]
    with store.read() as read:
        assert read.count_waiting() == 2


def test_what_was_committed_is_there_for_the_next_owner(reopen, engine):
    DirectStore(engine).write(lambda tx: tx.append_journal(body())).result()
    epoch = engine.epoch

    later = reopen()

    with later.read() as read:
        assert read.count_waiting() == 1
    assert later.epoch == epoch + 1


def test_a_reader_sees_one_moment_however_long_it_looks(write, store):
    with store.read() as read:
        before = read.count_waiting()
        write(lambda tx: tx.append_journal(body()))
        assert read.count_waiting() == before


def test_a_write_in_a_read_is_refused(store):
    with store.read() as read, pytest.raises(Exception, match=r"readonly|read-only|read only"):
        read._connection.execute("DELETE FROM journal")


def test_an_sms_of_the_feed_is_kept_once(write, store):
    first = write(lambda tx: tx.add_inbound(sms(), NOW))

    assert write(lambda tx: tx.add_inbound(sms(text="changed"), NOW)) is None
    with store.read() as read:
        (kept,) = read.inbound_waiting(10)
        assert (kept.id, kept.text, kept.created_at) == (first, "привет", AT)
        assert read.has_written("79087964781")


def test_sms_are_looked_at_in_the_order_in_which_they_came(write, store):
    for gateway_id in ("2", "1", "3"):
        write(lambda tx, each=gateway_id: tx.add_inbound(sms(each), NOW))

    with store.read() as read:
        assert [each.gateway_id for each in read.inbound_waiting(2)] == ["2", "1"]


def test_an_sms_goes_somewhere_once(write, store):
    inbound_id = write(lambda tx: tx.add_inbound(sms(), NOW))

    assert write(lambda tx: tx.settle_inbound(inbound_id, "answered", "because"))
    assert not write(lambda tx: tx.settle_inbound(inbound_id, "unrouted", "because"))
    with store.read() as read:
        assert read.inbound_waiting(10) == []
        assert read.inbound_listed()[0].state == "answered"


def test_rows_and_cursor_move_together(engine, store):
    def half(tx):
        tx.add_inbound(sms(), NOW)
        tx.set_cursor("inbound main", NOW)
        raise StoreUnavailable

    engine.commit([half])

    with store.read() as read:
        assert (read.cursor("inbound main"), read.inbound_waiting(10)) == (None, [])


def test_plugins_keep_values_of_their_own(write, store):
    write(lambda tx: tx.set_plugin_value("mine", "a", "key", {"deep": [1, None, "й"]}))
    write(lambda tx: tx.set_plugin_value("other", "a", "key", 2))
    write(lambda tx: tx.delete_plugin_value("other", "a", "key"))

    with store.read() as read:
        assert read.plugin_value("mine", "a", "key") == {"deep": [1, None, "й"]}
        assert read.plugin_items("other", "a") == {}


def test_a_request_with_a_key_is_answered_as_before(write, store):
    write(lambda tx: tx.answer_once("send", "key", "first", NOW))
    write(lambda tx: tx.answer_once("send", "key", "second", NOW))

    with store.read() as read:
        assert read.answered_once("send", "key") == "first"
        assert read.answered_once("other", "key") is None


def test_old_bodies_go_and_those_that_wait_stay(write, store):
    done, waiting = (write(lambda tx: tx.append_journal(body()))[0] for _ in range(2))
    write(lambda tx: tx.taken_in([done]))

    later = NOW + int(timedelta(days=30).total_seconds() * 1000)
    while write(lambda tx: tx.prune_journal(later)):
        pass

    with store.read() as read:
        assert read.journal_body(done) is None
        assert read.journal_body(waiting) is not None


def test_a_repeat_that_may_be_asked_for_by_its_key_is_not_forgotten_with_the_others(write, store):
    keyed, plain = (write(lambda tx, k=key: tx.append_journal(body(once=k)))[0] for key in ("key", None))
    write(lambda tx: (tx.taken_in([keyed, plain]), tx.mark_repeats([keyed, plain])))

    write(lambda tx: tx.prune_repeats(NOW + 1))

    with store.read() as read:
        assert read.journal_body(plain) is None
        assert read.journal_body(keyed) is not None
