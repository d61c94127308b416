"""What is finished and old is forgotten, and nothing else."""

from datetime import timedelta

from pilotbridge.config.settings import PrivacySettings
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import InboundSms
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.forgetting import prune
from pilotbridge.store.soundness import verify
from tests.store.upkeep.rows import NOW, NOW_MS, draft, move, put, states

PRIVACY = PrivacySettings(texts=timedelta(days=180), journal=timedelta(days=14))


WAYS = {
    State.QUEUED: (),
    State.SENDING: (Event.CLAIM,),
    State.IN_DOUBT: (Event.CLAIM, Event.LOSE),
    State.PARKED: (Event.CLAIM, Event.LOSE, Event.PARK),
    State.ACCEPTED: (Event.CLAIM, Event.ACCEPT),
    State.HELD: (Event.HOLD,),
    State.DELIVERED: (Event.CLAIM, Event.ACCEPT, Event.CONFIRM),
    State.UNDELIVERED: (Event.CLAIM, Event.ACCEPT, Event.FAIL),
    State.UNCONFIRMED: (Event.CLAIM, Event.ACCEPT, Event.ELAPSE),
    State.REFUSED: (Event.CLAIM, Event.REFUSE),
    State.CANCELLED: (Event.CANCEL,),
    State.LAPSED: (Event.LAPSE,),
}


def test_only_what_is_finished_and_old_is_forgotten(engine, path, body):
    old_ms = NOW_MS - int(timedelta(days=181).total_seconds() * 1000)
    messages = {state: put(engine, old_ms) for state in WAYS}
    for state, message in messages.items():
        move(engine, message, *WAYS[state], now_ms=old_ms)
    young = put(engine)
    move(engine, young, Event.CANCEL)

    gone = prune(DirectStore(engine), PRIVACY, NOW_MS)

    unfinished = (State.QUEUED, State.SENDING, State.IN_DOUBT, State.PARKED, State.ACCEPTED, State.HELD)
    assert set(states(engine).values()) == {*unfinished, State.CANCELLED}
    assert gone == 6
    assert verify(path) == []
    with engine.read() as read:
        assert read.events_of("message", messages[State.DELIVERED]) == []
        assert len(read.events_of("message", messages[State.PARKED])) == 4


def test_thousands_are_forgotten_in_chunks(engine):
    store = DirectStore(engine)
    store.write(lambda tx: [tx.add_message(draft(), 0) for _ in range(1200)]).result()
    engine.connection.execute("UPDATE message SET state = 'delivered', due_at_ms = NULL")

    assert prune(store, PRIVACY, NOW_MS) == 1200
    assert prune(store, PRIVACY, NOW_MS) == 0


def test_a_body_that_was_not_taken_in_yet_is_never_forgotten(engine, body):
    store = DirectStore(engine)
    taken = store.write(lambda tx: tx.append_journal(body(b"taken"))).result()[0]
    waiting = store.write(lambda tx: tx.append_journal(body(b"waiting"))).result()[0]
    store.write(lambda tx: tx.taken_in([taken])).result()

    prune(store, PRIVACY, NOW_MS + int(timedelta(days=400).total_seconds() * 1000))

    with engine.read() as read:
        assert read.journal_body(taken) is None
        assert read.journal_body(waiting) is not None


def test_an_sms_nobody_has_looked_at_is_never_forgotten(engine):
    store = DirectStore(engine)
    rows = [InboundSms("main", name, "79087964781", "7902", name, NOW) for name in ("seen", "unseen")]
    seen, _ = (store.write(lambda tx, row=row: tx.add_inbound(row, NOW_MS)).result() for row in rows)
    store.write(lambda tx: tx.settle_inbound(seen, "unrouted", "no chat")).result()

    prune(store, PRIVACY, NOW_MS + int(timedelta(days=400).total_seconds() * 1000))

    with engine.read() as read:
        assert [sms.text for sms in read.inbound_listed()] == ["unseen"]


def test_an_open_incident_is_never_forgotten(engine):
    for ref, closed in (("101", NOW_MS), ("102", None)):
        engine.connection.execute(
            "INSERT INTO incident (ref, group_id, receiver, route, labels, name, severity, opened_at_ms, "
            "closed_at_ms, alerts) VALUES (?, 1, 'ops', 'root', '{}', 'DiskFull', 'critical', ?, ?, 1)",
            (ref, NOW_MS, closed),
        )

    prune(DirectStore(engine), PRIVACY, NOW_MS + int(timedelta(days=400).total_seconds() * 1000))

    with engine.read() as read:
        assert [row.incident.ref for row in read.incidents_listed(10)] == ["102"]


def test_an_incident_is_forgotten_with_its_history_and_its_cards(engine):
    ids = []
    for ref, closed in (("101", NOW_MS), ("102", None)):
        cursor = engine.connection.execute(
            "INSERT INTO incident (ref, group_id, receiver, route, labels, name, severity, opened_at_ms, "
            "closed_at_ms, alerts) VALUES (?, 1, 'ops', 'root', '{}', 'DiskFull', 'critical', ?, ?, 1) "
            "RETURNING id",
            (ref, NOW_MS, closed),
        )
        ids.append(next(cursor)[0])
    for number in ids:
        engine.connection.execute(
            "INSERT INTO card (incident_id, chat, room, post_id, token, shown) "
            "VALUES (?, 'telegram', '-100', 1, ?, '')",
            (number, str(number)),
        )
        DirectStore(engine).write(lambda tx, n=number: tx.add_event("incident", n, NOW_MS, "open")).result()

    prune(DirectStore(engine), PRIVACY, NOW_MS + int(timedelta(days=400).total_seconds() * 1000))

    with engine.read() as read:
        assert [bool(read.events_of("incident", number)) for number in ids] == [False, True]
        assert [len(read.cards_of(number)) for number in ids] == [0, 1]
