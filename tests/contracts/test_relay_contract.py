"""What the relay relies on, of whatever engine keeps it."""

from __future__ import annotations

import pytest

from pilotbridge.chat import ChatMessageId, Lane, Place, RoomId, ThreadId
from pilotbridge.errors import IllegalMove
from pilotbridge.lifecycle import MOVES, Event, State
from pilotbridge.model import InboundId, MessageId
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.chat_records import (
    About,
    ChatSms,
    Link,
    NewConversation,
    PostDraft,
    PostKind,
    PostMove,
)
from pilotbridge.store.records import changed

OPS = RoomId("-100")
ANNA = PhoneNumber("+79087964781")
NOW = 1_700_000_000_000


def draft(**changes) -> PostDraft:
    fields = {
        "chat": "team", "room": OPS, "kind": PostKind.TEXT, "content": "{}", "lane": Lane.URGENT,
        "reason": "a test", "due_at_ms": NOW, "repeats": True,
    }  # fmt: skip
    return PostDraft(**fields | changes)


@pytest.fixture
def put(write):
    return lambda **changes: write(lambda tx: tx.add_post(draft(**changes), NOW))


@pytest.fixture
def ask(store):
    """Ask one read verb."""

    def ask(verb, *args, **named):
        with store.read() as read:
            return getattr(read, verb)(*args, **named)

    return ask


@pytest.fixture
def move(write, ask):
    def apply(post, event, **changes):
        row = ask("post", post)
        wanted = PostMove(
            post, row.revision, row.state, event, "a test", NOW, in_doubt_since_ms=row.in_doubt_since_ms
        )
        return write(lambda tx: tx.move_post(changed(wanted, **changes), NOW))

    return apply


@pytest.fixture
def conversation(write):
    def make(party=ANNA.e164, line="ops", room=OPS):
        new = NewConversation(line, party, "team", room, "anna")
        return write(lambda tx: tx.add_conversation(new, NOW))

    return make


# --- posts ------------------------------------------------------------------------------------------


def test_a_post_comes_back_as_it_was_put_in(put, ask):
    post = put(
        thread=ThreadId("t1"),
        content='{"text":"hi"}',
        lane=Lane.ANSWER,
        about=About("inbound", 7),
        target=ChatMessageId("m1"),
        repeats=False,
    )

    row = ask("post", post)

    assert (row.state, row.reason, row.attempts, row.revision) == (State.QUEUED, "a test", 0, 0)
    assert (row.thread, row.content, row.lane, row.about) == (
        "t1",
        '{"text":"hi"}',
        Lane.ANSWER,
        About("inbound", 7),
    )
    assert (row.target, row.repeats, row.created_at_ms, row.due_at_ms) == ("m1", False, NOW, NOW)
    assert [(e.event, e.state) for e in ask("events_of", "post", post)] == [("enqueue", "queued")]


def test_the_next_post_is_the_most_urgent_then_the_oldest_that_is_due_and_free(put, ask, move):
    later = put(due_at_ms=NOW + 1)
    chatter = put(lane=Lane.ANSWER)
    first, second = put(), put()
    behind = put(after=first)
    other = put(room=RoomId("-200"))

    assert ask("pending_rooms", "team") == [OPS, "-200"]
    assert ask("next_post", "team", OPS, NOW).id == first
    move(first, Event.CLAIM)
    assert ask("next_post", "team", OPS, NOW).id == second
    move(second, Event.CANCEL)
    assert ask("next_post", "team", OPS, NOW).id == chatter
    move(first, Event.ACCEPT)
    move(first, Event.CONFIRM)
    assert ask("next_post", "team", OPS, NOW).id == behind
    assert ask("next_post", "team", OPS, NOW + 1).id == later
    assert ask("next_post", "team", RoomId("-200"), NOW).id == other
    assert ask("next_post_due", "team", NOW) == NOW + 1
    assert ask("pending_rooms", "other") == []


def test_a_move_is_compared_and_recorded(put, ask, move):
    post = put()

    assert move(post, Event.CLAIM)
    assert not move(post, Event.ACCEPT, revision=0)
    assert ask("post", post).attempts == 1
    assert ask("events_of", "post", post)[-1].event == "claim"


@pytest.mark.parametrize("event", Event)
def test_the_table_of_states_decides(put, move, event):
    post = put()

    if (State.QUEUED, event) in MOVES:
        assert move(post, event)
    else:
        with pytest.raises(IllegalMove):
            move(post, event)


def test_doubt_is_sticky_until_the_chat_has_it(put, ask, move):
    post = put()
    move(post, Event.CLAIM)
    move(post, Event.LOSE, in_doubt_since_ms=NOW, sets={"doubt_tries": 1})
    move(post, Event.CLAIM)
    move(post, Event.DEFER)

    row = ask("post", post)
    assert (row.state, row.in_doubt_since_ms, row.doubt_tries) == (State.IN_DOUBT, NOW, 1)
    move(post, Event.CLAIM)
    move(post, Event.ACCEPT, sets={"chat_message": "m5"})
    row = ask("post", post)
    assert (row.state, row.in_doubt_since_ms, row.message, row.doubt_tries) == (
        State.ACCEPTED,
        None,
        "m5",
        0,
    )


def test_a_conversation_has_one_thread_on_its_way(put, ask, conversation, store):
    talk = conversation()
    thread = put(kind=PostKind.THREAD, conversation=talk)

    assert ask("pending_thread_post", talk) == thread
    twice = store.write(lambda tx: tx.add_post(draft(kind=PostKind.THREAD, conversation=talk), NOW))
    assert twice.exception() is not None


def test_only_posts_that_are_read_in_order_are_followed(put, ask, conversation):
    talk = conversation()
    text = put(conversation=talk)
    put(conversation=talk, kind=PostKind.EDIT, target=ChatMessageId("m1"))
    put(conversation=talk, lane=Lane.ANSWER)

    assert ask("last_post_of", talk, Lane.URGENT) == text


# --- rooms ------------------------------------------------------------------------------------------


def test_a_room_that_moves_takes_posts_and_conversations_along_however_often(write, put, ask, conversation):
    talk, post = conversation(), put()
    write(lambda tx: tx.move_room("team", OPS, RoomId("-200")))
    write(lambda tx: tx.move_room("team", RoomId("-200"), RoomId("-300")))

    assert ask("room_now", "team", OPS) == "-300"
    assert ask("room_now", "team", RoomId("-200")) == "-300"
    assert ask("post", post).room == "-300"
    assert ask("conversation", talk).room == "-300"
    write(lambda tx: tx.move_room("team", RoomId("-300"), OPS))
    assert [ask("room_now", "team", RoomId(room)) for room in ("-100", "-200", "-300")] == ["-100"] * 3


def test_what_is_known_of_a_room_is_kept_apart(write, ask):
    write(lambda tx: tx.set_room_gone("team", OPS, "kicked", NOW))
    write(lambda tx: tx.set_room_threadless("team", OPS, "no topics", NOW))

    fact = ask("room_fact", "team", OPS)
    assert (fact.gone, fact.probe_at_ms, fact.threadless) == ("kicked", NOW, "no topics")
    assert ask("gone_rooms", "team", NOW) == [OPS]
    assert ask("gone_rooms", "team", NOW - 1) == []
    write(lambda tx: tx.set_room_gone("team", OPS, "", None))
    assert ask("gone_rooms", "team", NOW) == []
    assert ask("room_fact", "team", OPS).threadless == "no topics"


# --- conversations ----------------------------------------------------------------------------------


def test_a_line_and_a_party_have_one_conversation_in_a_room(ask, conversation, store):
    talk = conversation()

    assert ask("conversation_of", "ops", ANNA.e164, "team", OPS).id == talk
    again = NewConversation("ops", ANNA.e164, "team", OPS, "anna")
    assert store.write(lambda tx: tx.add_conversation(again, NOW)).exception() is not None
    assert conversation(line="shop") != talk


def test_a_thread_leads_to_one_conversation(write, ask, conversation, store):
    one, two = conversation(), conversation("INFORM")
    write(lambda tx: tx.set_thread(one, ThreadId("t1")))

    assert ask("conversation_in", "team", Place(OPS, ThreadId("t1"))).id == one
    assert ask("conversation_in", "team", Place(OPS)) is None
    assert store.write(lambda tx: tx.set_thread(two, ThreadId("t1"))).exception() is not None


def test_who_spoke_last_is_known(write, ask, conversation):
    talk = conversation()
    write(lambda tx: tx.said_in(talk, NOW + 1))
    assert ask("conversation", talk).state == "answered"

    write(lambda tx: tx.heard_in(talk, NOW + 2))

    found = ask("conversation", talk)
    assert (found.state, found.last_out_ms, found.last_in_ms) == ("new", NOW + 1, NOW + 2)


def test_a_link_leads_from_a_message_to_what_it_stands_for(write, ask, conversation):
    talk = conversation()
    write(lambda tx: tx.put_link(Link("team", OPS, ChatMessageId("m1"), talk, InboundId(7)), NOW))
    write(lambda tx: tx.put_link(Link("team", OPS, ChatMessageId("m1"), talk, sms=MessageId(9)), NOW))

    link = ask("link", "team", OPS, ChatMessageId("m1"))
    assert (link.conversation, link.inbound, link.sms) == (talk, 7, 9)
    assert ask("link", "team", RoomId("-200"), ChatMessageId("m1")) is None


def test_sms_of_a_chat_are_open_until_their_last_word(write, ask, conversation):
    talk = conversation()
    for n in (1, 2):
        sms = ChatSms(MessageId(n), "team", Place(OPS), ChatMessageId(f"p{n}"), talk, "anna", "taken")
        write(lambda tx, sms=sms: tx.put_chat_sms(sms))
    write(lambda tx: tx.told_chat_sms(MessageId(1), "delivered", is_open=False))

    assert [sms.sms for sms in ask("chat_sms_open")] == [2]
    found = ask("chat_sms_in", [MessageId(1), MessageId(2), MessageId(3)])
    assert sorted((sms.sms, sms.told) for sms in found) == [(1, "delivered"), (2, "taken")]


# --- updates, questions, opt-outs -------------------------------------------------------------------


def test_an_update_is_kept_once_per_chat(write, ask):
    assert write(lambda tx: tx.add_chat_update("team", 5, b"{}", NOW))
    assert not write(lambda tx: tx.add_chat_update("team", 5, b"again", NOW))
    assert write(lambda tx: tx.add_chat_update("other", 5, b"{}", NOW))

    assert [(u.chat, u.body) for u in ask("chat_updates_waiting", 10)] == [("team", b"{}"), ("other", b"{}")]


@pytest.mark.parametrize(("state", "body"), [("done", b"{}"), ("ignored", b""), ("unreadable", b"{}")])
def test_an_update_ends_once_and_strangers_words_are_not_kept(write, ask, state, body):
    write(lambda tx: tx.add_chat_update("team", 5, b"{}", NOW))
    (update,) = ask("chat_updates_waiting", 10)

    assert write(lambda tx: tx.settle_chat_update(update.id, state, "a test"))
    assert not write(lambda tx: tx.settle_chat_update(update.id, "done", "again"))
    (kept,) = ask("chat_updates_listed")
    assert (kept.state, kept.reason, kept.body) == (state, "a test", body)


def test_a_question_is_answered_by_the_first(write, ask):
    write(lambda tx: tx.put_question("k1", "parts", "{}", None, NOW))

    assert write(lambda tx: tx.answer_question("k1", "y", by="anna", now_ms=NOW + 1))
    assert not write(lambda tx: tx.answer_question("k1", "n", by="boris", now_ms=NOW + 2))
    question = ask("question", "k1")
    assert (question.answer, question.answered_by, question.answered_at_ms) == ("y", "anna", NOW + 1)
    assert ask("question", "k2") is None


def test_an_opt_out_is_per_line_and_may_come_again_after_its_end(write, ask):
    assert write(lambda tx: tx.add_optout("ops", ANNA, "texted stop", NOW))
    assert not write(lambda tx: tx.add_optout("ops", ANNA, "texted stop", NOW))
    assert write(lambda tx: tx.add_optout("shop", ANNA, "asked us", NOW))
    assert write(lambda tx: tx.end_optout("ops", ANNA, "texted start", NOW + 1))
    assert not write(lambda tx: tx.end_optout("ops", ANNA, "texted start", NOW + 1))

    assert [(o.line, o.reason) for o in ask("optouts_of", ANNA)] == [("shop", "asked us")]
    assert write(lambda tx: tx.add_optout("ops", ANNA, "texted stop", NOW + 2))
    assert len(ask("optouts_listed")) == 2


# --- upkeep -----------------------------------------------------------------------------------------


def test_only_finished_posts_and_old_links_are_forgotten(write, put, ask, move, conversation):
    talk = conversation()
    done, waiting = put(), put()
    for event in (Event.CLAIM, Event.ACCEPT, Event.CONFIRM):
        move(done, event)
    write(lambda tx: tx.put_link(Link("team", OPS, ChatMessageId("m1"), talk), NOW))
    write(lambda tx: tx.put_link(Link("team", OPS, ChatMessageId("m2"), talk), NOW + 10))

    assert write(lambda tx: tx.prune_posts(NOW + 5)) == 2

    assert ask("post", done) is None
    assert ask("events_of", "post", done) == []
    assert ask("post", waiting) is not None
    assert ask("link", "team", OPS, ChatMessageId("m1")) is None
    assert ask("link", "team", OPS, ChatMessageId("m2")) is not None


def test_updates_that_wait_are_never_forgotten(write, ask):
    for number in (1, 2):
        write(lambda tx, number=number: tx.add_chat_update("team", number, b"{}", NOW))
    (first, _) = ask("chat_updates_waiting", 10)
    write(lambda tx: tx.settle_chat_update(first.id, "done", "a test"))

    write(lambda tx: tx.prune_journal(NOW + 1))

    assert [update.update_id for update in ask("chat_updates_listed")] == [2]


def test_when_the_wall_clock_is_set_what_is_to_come_moves_along(write, put, ask):
    post = put()
    write(lambda tx: tx.set_room_gone("team", OPS, "kicked", NOW))

    write(lambda tx: tx.shift_times(3_600_000))

    assert ask("post", post).due_at_ms == NOW + 3_600_000
    assert ask("room_fact", "team", OPS).probe_at_ms == NOW + 3_600_000
