"""Copies, soundness, a copy that comes back, forgetting: nothing unfinished is lost or sent on a guess."""

import os
import resource
import signal
import sqlite3
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.chat import Lane, RoomId
from pilotbridge.clock import Instant, to_ms
from pilotbridge.config.settings import PrivacySettings
from pilotbridge.errors import ConfigurationError
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import InboundSms
from pilotbridge.outbox.client_ids import client_id_base
from pilotbridge.phone import PhoneNumber
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.chat_records import PostDraft, PostKind
from pilotbridge.store.migrations import migrate, numbered
from pilotbridge.store.records import Draft, Move, changed
from pilotbridge.store.soundness import verify
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.store.upkeep import backup, prune, restore

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOW_MS = to_ms(NOW)
PRIVACY = PrivacySettings(texts=timedelta(days=180), journal=timedelta(days=14))


class Middle:
    """A die that always falls on the middle, but never twice on the same place."""

    def __init__(self):
        self.drawn = 0

    def uniform(self, low, high):
        self.drawn += 1
        return (low + high) / (1 + self.drawn)


def draft(**changes) -> Draft:
    fields = {
        "recipient": PhoneNumber("+79087964781"),
        "text": "disk full #417",
        "sender": "",
        "gateway": "main",
        "parts": 1,
        "critical": False,
        "text_is_unique": True,
        "prefer_duplicate": False,
        "lapses_at_ms": NOW_MS + 10**8,
        "due_at_ms": NOW_MS,
        "origin": "alert",
        "reason": "a test",
    }
    return Draft(**fields | changes)


def put(engine, now_ms=NOW_MS, **changes):
    return DirectStore(engine).write(lambda tx: tx.add_message(draft(**changes), now_ms)).result()


def move(engine, message, *events, now_ms=NOW_MS):
    """Take a message along a way through the table."""

    def job(tx):
        for event in events:
            row = tx.outbox_row(message)
            doubt = Instant(now_ms, 1, "boot") if event is Event.LOSE else row.doubt
            assert tx.move(
                Move(row.id, row.revision, row.state, event, "a test", now_ms, doubt=doubt), now_ms
            )

    DirectStore(engine).write(job).result()


def states(engine):
    with engine.read() as read:
        return {message.id: message.state for message in read.messages_listed()}


def opened(path):
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))
    return engine


# --- copies -----------------------------------------------------------------------------------------


def test_a_backup_beside_a_running_bridge_is_whole_and_for_the_owner_only(engine, path, tmp_path):
    message, seen = put(engine), []

    backup(path, tmp_path / "copy.db", progress=lambda done, all_: seen.append((done, all_)))

    assert verify(tmp_path / "copy.db") == []
    assert oct(os.stat(tmp_path / "copy.db").st_mode & 0o777) == "0o600"
    assert seen[-1][0] == seen[-1][1] > 0
    put(engine)
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT id FROM message").fetchall() == [(message,)]
    copy.close()


def test_a_backup_overwrites_nothing(engine, path, tmp_path):
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(ConfigurationError, match="exists already"):
        backup(path, tmp_path / "copy.db")


@contextmanager
def no_room_above(size: int):
    """No file grows larger than ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


COPYING = {
    "a backup": lambda path, copy: backup(path, copy.with_name("second.db")),
    "a restore": lambda path, copy: restore(copy, path, clock=HandClock(NOW), rng=Middle()),
}


@pytest.mark.parametrize("what", COPYING)
def test_a_copy_without_room_is_told_with_what_to_do_and_leaves_nothing_behind(engine, path, tmp_path, what):
    message = put(engine)
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    backup(path, copy)
    engine.close()

    with no_room_above(100_000), pytest.raises(ConfigurationError, match="look at the system's log"):
        COPYING[what](path, copy)

    assert [file.name for file in copy.parent.iterdir()] == ["copy.db"]
    assert list(tmp_path.glob("*restoring*")) == []
    engine = opened(path)
    assert states(engine) == {message: State.QUEUED}
    engine.close()


def test_a_damaged_copy_without_room_is_not_said_to_hold_nothing(engine, path, tmp_path):
    copy = tmp_path / "copy.db"
    many_and_a_copy(engine, path, copy)
    overwrite_root(copy, "message_recipient")

    with no_room_above(100_000), pytest.raises(ConfigurationError, match="look at the system's log"):
        restore(copy, path, clock=HandClock(NOW), rng=Middle(), anyway=True)


@pytest.mark.parametrize("verb", [verify, lambda path: backup(path, path.with_suffix(".copy"))])
def test_where_there_is_no_database_it_is_said_so(tmp_path, verb):
    with pytest.raises(ConfigurationError, match="there is no database at"):
        verb(tmp_path / "none.db")


# --- soundness --------------------------------------------------------------------------------------


def test_a_fresh_database_is_sound(engine, path):
    put(engine)

    assert verify(path) == []


def test_a_database_that_has_read_a_calendar_is_sound(engine, path):
    event = ("primary", "vera", NOW_MS, NOW_MS + 1)
    engine.connection.execute("INSERT INTO oncall_event VALUES (?, ?, ?, ?)", event)

    assert verify(path) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            "INSERT INTO attempt VALUES (77, 1, 'main', 1, 1, 1, 1, 1, '', NULL, '', 0, '', '')",
            "1 attempts of messages",
        ),
        ("UPDATE message_count SET amount = 5 WHERE state = 'held'", "1 states whose counter is wrong"),
        ("UPDATE message SET in_doubt_since_ms = 5", "1 messages whose doubt and state contradict"),
        ("INSERT INTO journal_waiting VALUES (99)", "1 bodies that wait"),
        ("INSERT INTO member VALUES (1, 1, 0)", "1 members of groups"),
    ],
)
def test_facts_that_contradict_each_other_are_found(engine, path, damage, words):
    put(engine)
    engine.connection.execute(damage)

    assert words in verify(path)[0]


def test_doubt_that_was_over_before_the_upgrade_is_over_after_it(path):
    before = SqliteEngine(path)
    texts = {number: text for number, text in numbered().items() if number < 20}
    before.open(lambda connection: migrate(connection.raw, path, texts=texts))
    message, doubtful = put(before), put(before)
    move(before, message, Event.CANCEL)
    move(before, doubtful, Event.CLAIM, Event.LOSE)
    before.connection.execute("UPDATE message SET in_doubt_since_ms = 5 WHERE state = 'cancelled'")
    before.close()

    after = opened(path)

    assert verify(path) == []
    with after.read() as read:
        found = [read.outbox_row(each).doubt is not None for each in (message, doubtful)]
    assert found == [False, True]
    after.close()


def test_a_damaged_file_is_found(engine, path):
    for n in range(200):
        put(engine, text=f"text {n}" * 20)
    engine.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = os.urandom(4096)
    path.write_bytes(content)

    try:
        faults = verify(path)
    except ConfigurationError as error:
        faults = [str(error)]

    assert faults != []


# --- a copy comes back ------------------------------------------------------------------------------


def test_what_was_on_its_way_in_the_copy_comes_back_in_doubt(engine, path, tmp_path):
    queued, held, sending, accepted, parked = (
        put(engine),
        put(engine, hold="cap"),
        put(engine),
        put(engine),
        put(engine),
    )
    move(engine, sending, Event.CLAIM)
    move(engine, accepted, Event.CLAIM, Event.ACCEPT)
    move(engine, parked, Event.CLAIM, Event.LOSE, Event.PARK)
    rng = Middle()
    base = DirectStore(engine).write(lambda tx: client_id_base(tx, rng)).result()
    epoch = engine.epoch
    backup(path, tmp_path / "copy.db")
    put(engine)
    engine.close()

    restored = restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=rng)

    engine = opened(path)
    assert restored.in_doubt == 3
    assert states(engine) == {
        queued: State.IN_DOUBT, held: State.IN_DOUBT, sending: State.IN_DOUBT,
        accepted: State.ACCEPTED, parked: State.PARKED,
    }  # fmt: skip
    assert engine.epoch > epoch
    with engine.read() as read:
        assert int(read.meta("client_id_base")) not in (0, base)
        assert read.outbox_row(queued).doubt.boot_id == ""
        assert "restored from a copy" in read.message(queued).reason
    assert verify(path) == []
    engine.close()


def test_what_was_to_be_posted_in_the_copy_comes_back_in_doubt(engine, path, tmp_path):
    def post(**changes):
        draft = PostDraft(
            "team", RoomId("-100"), PostKind.TEXT, "{}", Lane.URGENT, "a test", NOW_MS, repeats=True
        )
        return DirectStore(engine).write(lambda tx: tx.add_post(changed(draft, **changes), NOW_MS)).result()

    text, mark = post(), post(kind=PostKind.MARK)
    backup(path, tmp_path / "copy.db")
    engine.close()

    assert restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle()).in_doubt == 1

    engine = opened(path)
    with engine.read() as read:
        assert (read.post(text).state, read.post(mark).state) == (State.IN_DOUBT, State.QUEUED)
        assert "restored from a copy" in read.post(text).reason
        assert read.post(text).in_doubt_since_ms == NOW_MS
    assert verify(path) == []
    engine.close()


def test_the_database_that_was_replaced_stays_beside_it(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")
    later = put(engine)
    engine.close()

    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    old = sqlite3.connect(path.with_suffix(".replaced.db"))
    assert old.execute("SELECT max(id) FROM message").fetchone() == (later,)
    old.close()


def test_whoever_restores_the_wrong_copy_first_still_has_the_original(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")
    original = put(engine)
    engine.close()

    for _ in range(3):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    old = sqlite3.connect(path.with_suffix(".replaced.1.db"))
    assert old.execute("SELECT max(id) FROM message").fetchone() == (original,)
    old.close()
    assert path.with_suffix(".replaced.2.db").exists()


DAMAGES = {
    "no head": lambda raw: b"\xff" * 100 + raw[100:],
    "no middle": lambda raw: raw[:4096] + b"\xff" * 8192 + raw[12_288:],
    "half": lambda raw: raw[: len(raw) // 2],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_database_gives_way_to_its_backup_and_is_kept_as_it_is(path, tmp_path, damage):
    before = opened(path)
    message = put(before)
    before.close()
    backup(path, tmp_path / "copy.db")
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)

    restored = restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert restored.in_doubt == 1
    assert verify(path) == []
    after = opened(path)
    assert states(after) == {message: State.IN_DOUBT}
    after.close()
    assert path.with_suffix(".replaced.db").stat().st_size == len(damaged)


def test_the_log_of_a_damaged_database_is_kept_beside_it(path, tmp_path):
    opened(path).close()
    backup(path, tmp_path / "copy.db")
    path.write_bytes(b"\xff" * 8192)
    path.with_name(path.name + "-wal").write_bytes(b"what came last")

    for _ in range(2):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert verify(path) == []
    assert path.with_name("pilotbridge.replaced.1.db-wal").read_bytes() == b"what came last"


def test_a_restore_killed_at_any_step_leaves_a_database_in_its_place(path, tmp_path):
    before = opened(path)
    message = put(before)
    before.close()
    backup(path, tmp_path / "copy.db")

    killed_at = 0
    while dies_while_restoring(tmp_path / "copy.db", path, killed_at):
        killed_at += 1
        assert path.exists(), killed_at
        found = opened(path)
        assert set(states(found)) == {message}, killed_at
        found.close()

    assert killed_at >= 5


def dies_while_restoring(copy, path, killed_at: int) -> bool:
    """Whether a process that restores was killed at that change of the folder."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    left = killed_at + 1

    def watch(event: str, _arguments: object) -> None:
        nonlocal left
        if event in ("os.rename", "os.link", "os.remove"):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    restore(copy, path, clock=HandClock(NOW), rng=Middle())
    os._exit(0)


def test_nothing_is_restored_under_a_running_bridge(engine, path, tmp_path):
    backup(path, tmp_path / "copy.db")

    with pytest.raises(ConfigurationError, match="is in use by another PilotBridge"):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())


ODD = "INSERT INTO attempt VALUES (77, 1, 'main', 1, 1, 1, 1, 1, '', NULL, '', 0, '', '')"


def spoilt(copy, *statements: str) -> None:
    connection = sqlite3.connect(copy)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def overwrite_root(copy, name: str) -> None:
    """Damage the page by which a table or an index is found."""
    connection = sqlite3.connect(copy)
    [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,))
    connection.close()
    with copy.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def overwrite_middle(copy, text: str) -> None:
    """Damage the page in which ``text`` stands."""
    content = copy.read_bytes()
    begin = content.index(text.encode()) // 4096 * 4096
    copy.write_bytes(content[:begin] + b"\xff" * 4096 + content[begin + 4096 :])


def many_and_a_copy(engine, path, copy) -> int:
    for n in range(100):
        put(engine, text=f"text {n} " * 30)
    backup(path, copy)
    engine.close()
    return 100


def test_a_copy_that_is_not_sound_is_restored_only_when_it_is_wanted_anyway(engine, path, tmp_path):
    message = put(engine)
    backup(path, tmp_path / "copy.db")
    engine.close()
    spoilt(tmp_path / "copy.db", ODD)

    with pytest.raises(ConfigurationError, match=r"is not restored: 1 attempts of .* with --anyway"):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())
    engine = opened(path)
    before = states(engine)
    engine.close()
    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert before == {message: State.QUEUED}
    engine = opened(path)
    assert states(engine) == {message: State.IN_DOUBT}
    engine.close()
    assert not list(tmp_path.glob("*.restoring*"))


def test_figures_that_are_wrong_in_a_copy_are_counted_anew(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")
    engine.close()
    spoilt(tmp_path / "copy.db", "UPDATE message_count SET amount = 5 WHERE state = 'held'")

    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert verify(path) == []


def test_a_copy_of_an_older_version_is_restored(path, tmp_path):
    before = SqliteEngine(path)
    texts = {number: text for number, text in numbered().items() if number < 15}
    before.open(lambda connection: migrate(connection.raw, path, texts=texts))
    before.close()
    backup(path, tmp_path / "copy.db")

    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert verify(path) == []


def test_damaged_indexes_of_a_copy_are_made_anew_when_it_is_wanted_anyway(engine, path, tmp_path):
    copy = tmp_path / "copy.db"
    count = many_and_a_copy(engine, path, copy)
    overwrite_root(copy, "message_recipient")

    with pytest.raises(ConfigurationError, match="with --anyway"):
        restore(copy, path, clock=HandClock(NOW), rng=Middle())
    restore(copy, path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert verify(path) == []
    engine = opened(path)
    assert len(states(engine)) == count
    engine.close()


def test_of_a_copy_with_a_damaged_table_what_can_be_read_comes_back_and_what_is_lost_is_said(
    engine, path, tmp_path
):
    copy = tmp_path / "copy.db"
    count = many_and_a_copy(engine, path, copy)
    overwrite_middle(copy, "text 50 ")

    restored = restore(copy, path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert "rows of message could not be read" in restored.faults
    engine = opened(path)
    assert {1, count} <= set(states(engine))
    assert count - 20 < len(states(engine)) < count
    engine.close()


@pytest.mark.parametrize("content", [b"", b"junk" * 1000])
def test_what_is_no_database_of_ours_is_never_restored(engine, path, tmp_path, content):
    message = put(engine)
    engine.close()
    (tmp_path / "copy.db").write_bytes(content)

    with pytest.raises(ConfigurationError, match="no database") as refused:
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert "pilotbridge db restore" not in refused.value.reason  # which is what has just been tried

    engine = opened(path)
    assert states(engine) == {message: State.QUEUED}
    engine.close()


def test_a_copy_is_restored_where_there_was_nothing(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")

    restore(tmp_path / "copy.db", tmp_path / "new" / "pilotbridge.db", clock=HandClock(NOW), rng=Middle())

    assert verify(tmp_path / "new" / "pilotbridge.db") == []


# --- forgetting -------------------------------------------------------------------------------------

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
