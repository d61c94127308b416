"""Where an SMS goes and how it reads there: lines, late ones, long ones, rooms with and without threads."""

from __future__ import annotations

import pytest

from pilotbridge.chat import MarkPost, ThreadClosed, ThreadGone
from pilotbridge.errors import Refused
from pilotbridge.model import InboundSms

PARCEL = "+79131437355"
TITLE = "+7913***7355"


def arrives(relay, text="1234 hello", *, number="79021121075", hours_ago=0.0, sender=PARCEL[1:]):
    """An SMS as the feed shows it."""
    from datetime import timedelta

    at = relay.world.now - timedelta(hours=hours_ago)
    n = len(relay.world.inbox())
    sms = InboundSms("smspilot", f"x{n}", sender, number, text, at)
    store, now_ms = relay.world.app.ground.store, relay.world.clock.now_ms()
    store.write(lambda tx: tx.add_inbound(sms, now_ms)).result()
    relay.world.runtime.rearm()


def fate(relay):
    sms = relay.world.inbox()[-1]
    return sms.state, sms.reason


def test_a_number_without_a_line_stays_in_the_inbox_with_what_to_add(relay):
    arrives(relay, number="79029999999")

    relay.poll()

    state, reason = fate(relay)
    assert state == "unrouted"
    assert reason == "no line has the number 79029999999 and the prefix of this text; add it to relay.lines"


def test_a_line_without_a_room_says_so(make_relay):
    relay = make_relay((", room: ops-room }}", " }}"))
    arrives(relay)

    relay.poll()

    assert fate(relay) == ("unrouted", "the line ops has no room; write one into relay.lines")


def test_a_late_sms_has_its_own_time_in_front(relay):
    arrives(relay, "1234 this morning", hours_ago=2)
    arrives(relay, "1234 last night", hours_ago=13)

    relay.poll()

    assert relay.chat.texts(TITLE) == ["[10:00] this morning", "[11.01. 23:00] last night"]


def test_an_sms_older_than_its_line_allows_stays_in_the_inbox(relay):
    arrives(relay, hours_ago=25)

    relay.poll()

    assert fate(relay) == ("unrouted", "it is 25 h old, older than max_age of the line ops (24 h)")
    assert relay.chat.posted == []


def test_a_text_that_shows_nothing_is_said_to_be_empty(relay):
    arrives(relay, "1234 \u2063\u200b")

    relay.poll()

    assert relay.chat.texts(TITLE) == ["(empty)"]


def test_an_empty_text_is_said_to_be_empty(relay):
    arrives(relay, "1234")

    relay.poll()

    assert relay.chat.texts(TITLE) == ["(empty)"]


def test_a_text_longer_than_a_post_is_several_posts(relay):
    words = " ".join(f"word{n}" for n in range(900))
    arrives(relay, f"1234 {words}")

    relay.poll()

    posts = relay.chat.texts(TITLE)
    assert len(posts) == 2
    assert " ".join(posts) == words
    assert max(map(len, posts)) <= 4096


def test_the_feed_may_show_an_sms_again(relay):
    relay.world.sms_from(PARCEL, "once")

    for _ in range(4):
        relay.poll()

    assert relay.chat.texts(TITLE) == ["once"]


def test_an_outage_ends_with_everything_in_order(relay):
    for n in range(20):
        relay.world.sms_from(PARCEL, f"{n}")
        relay.world.sms_from("anna", f"a{n}")

    relay.poll()

    assert relay.chat.texts(TITLE) == [f"{n}" for n in range(20)]
    assert relay.chat.texts("anna") == [f"a{n}" for n in range(20)]


def test_full_numbers_are_shown_where_the_configuration_says_so(make_relay):
    relay = make_relay(("relay:", "privacy: {{ phones_in_chat: full }}\nrelay:"))
    arrives(relay)

    relay.poll()

    assert relay.chat.threads() == [PARCEL]


# --- rooms and threads ------------------------------------------------------------------------------


def test_in_a_room_without_threads_a_head_says_who_it_is_and_a_reply_answers(relay):
    relay.chat.rooms["-100"].has_threads = False
    relay.world.sms_from("anna", "I am late")
    relay.world.sms_from(PARCEL, "Where is it?")
    relay.poll()
    assert relay.chat.texts() == ["+7908***4781 anna:\nI am late", f"{TITLE}:\nWhere is it?"]

    relay.chat.writes("On its way", reply_to=relay.chat.posted[1].id)
    relay.world.run_for(minutes=2)

    assert relay.world.texts_to(PARCEL) == ["On its way"]


def test_many_that_come_together_are_all_dealt_with_at_once(relay):
    for _ in range(101):
        arrives(relay, number="79029999999")

    relay.world.settle()

    assert {sms.state for sms in relay.world.inbox()} == {"unrouted"}


def test_a_room_that_gets_threads_is_tried_again_when_something_changes_there(relay):
    relay.chat.rooms["-100"].has_threads = False
    arrives(relay)
    relay.poll()
    relay.chat.rooms["-100"].has_threads = True

    relay.chat.brings("room_changed", room="-100", is_ours=True, by={"id": "5", "name": "Boss"})
    relay.world.settle()
    arrives(relay, "1234 again")
    relay.poll()

    assert relay.chat.texts(TITLE) == ["again"]


def test_a_room_that_refused_marks_is_tried_again_when_something_changes_there(relay):
    arrives(relay)
    relay.poll()
    relay.chat.fails = lambda post: Refused("no reactions here") if isinstance(post, MarkPost) else None
    relay.writes("first", to=TITLE)
    relay.chat.fails = lambda _post: None

    relay.chat.brings("room_changed", room="-100", is_ours=True, by={"id": "5", "name": "Boss"})
    relay.world.settle()
    second = relay.writes("second", to=TITLE)

    assert relay.chat.marks[second]


def test_a_thread_that_was_deleted_is_made_anew(relay):
    arrives(relay, "1234 one")
    relay.poll()
    relay.chat.rooms["-100"].threads.clear()

    arrives(relay, "1234 two")
    arrives(relay, "1234 three")
    relay.poll()

    assert relay.chat.texts(TITLE) == ["two", "three"]
    assert relay.chat.threads() == [TITLE]
    relay.writes("answer", to=TITLE)
    relay.world.run_for(minutes=2)
    assert relay.world.texts_to(PARCEL) == ["answer"]


def test_a_closed_thread_is_opened(relay):
    arrives(relay, "1234 one")
    relay.poll()
    relay.chat.rooms["-100"].closed.add(relay.chat.thread(TITLE))

    arrives(relay, "1234 two")
    relay.poll()

    assert relay.chat.texts(TITLE) == ["one", "two"]
    assert relay.chat.rooms["-100"].closed == set()


@pytest.mark.parametrize("error", [ThreadGone, ThreadClosed])
def test_a_thread_that_is_never_there_does_not_go_on_for_ever(relay, error):
    relay.chat.fails = lambda post: error("no") if getattr(post, "text", "") == "hello" else None
    arrives(relay)

    relay.poll()
    relay.world.run_for(hours=1)

    with relay.reads() as read:
        (stuck,) = read.posts_stuck()
    assert (stuck.state, stuck.reason) == ("refused", "no")
    assert len(relay.chat.threads()) <= 6


def test_a_conversation_is_closed_and_opened_with_its_thread(relay):
    arrives(relay)
    relay.poll()
    place = ["-100", relay.chat.thread(TITLE)]

    relay.chat.brings("thread_changed", place=place, by={"id": "1001", "name": "Anna"}, is_open=False)
    relay.world.settle()
    with relay.reads() as read:
        assert [c.state for c in read.conversations_listed()] == ["closed"]
    arrives(relay, "1234 one more thing")
    relay.poll()

    with relay.reads() as read:
        assert [c.state for c in read.conversations_listed()] == ["new"]


def test_a_room_that_moves_is_followed_however_often_and_the_line_to_change_is_told(relay):
    arrives(relay, "1234 one")
    relay.poll()
    relay.chat.rooms["-100"].moved_to = "-200"
    relay.chat.rooms["-200"] = type(relay.chat.rooms["-100"])(moved_to="-300")
    relay.chat.rooms["-300"] = type(relay.chat.rooms["-100"])()

    arrives(relay, "1234 two")
    relay.poll()

    assert [(p.room, p.text) for p in relay.chat.posted] == [("-100", "one"), ("-300", "two")]
    (trouble,) = [text for text in troubles(relay) if "another id" in text]
    assert 'chats.team.rooms.ops-room.id: "-300"' in trouble
    relay.chat.writes("answer", room="-300", thread=relay.chat.thread(TITLE, "-300"))
    relay.world.crash()
    arrives(relay, "1234 three", sender="79131437356")
    relay.poll()
    relay.world.run_for(minutes=2)
    assert relay.world.texts_to(PARCEL) == ["answer"]
    assert relay.chat.posted[-1].room == "-300"


def test_a_move_that_the_chat_tells_by_itself_counts_too(relay):
    relay.chat.rooms["-200"] = type(relay.chat.rooms["-100"])()

    relay.chat.brings("room_moved", room="-100", new_room="-200")
    relay.world.settle()
    arrives(relay)
    relay.poll()

    assert relay.chat.posted[0].room == "-200"
    assert any("another id" in text for text in troubles(relay))


def test_a_strangers_group_may_move_as_often_as_it_likes(relay):
    relay.chat.brings("room_moved", room="-777", new_room="-778")
    relay.world.run_for(minutes=5)

    assert troubles(relay) == []
    with relay.reads() as read:
        assert read.room_now("team", "-777") == "-777"


def troubles(relay):
    """What the bridge says about itself."""
    with relay.reads() as read:
        alerts = [row.alert for row in read.alerts_listed(limit=1000)]
    return [a.annotations.get("summary") for a in alerts if a.source == "pilotbridge" and a.firing]


def test_while_the_room_is_closed_to_us_everything_waits_and_people_hear_it_by_sms(relay):
    relay.chat.rooms["-100"].gone = "the bot was kicked"
    for n in range(3):
        arrives(relay, f"1234 {n}", sender=f"7913143735{n}")
    relay.poll()
    relay.world.run_for(minutes=20)

    with relay.reads() as read:
        held = [(post.state, post.reason) for post in read.posts_stuck()]
    assert held
    assert {reason for state, reason in held} <= {"the bot was kicked"}
    assert any("ops-room" in text for text in relay.world.texts_to("anna"))
    assert len(relay.chat.calls) <= 6

    relay.chat.rooms["-100"].gone = ""
    relay.world.run_for(minutes=6)

    assert sorted(p.text for p in relay.chat.posted) == ["[12:00] 0", "[12:00] 1", "[12:00] 2"] or sorted(
        p.text for p in relay.chat.posted
    ) == ["0", "1", "2"]
    assert troubles(relay) == []


def test_who_throws_the_bridge_out_and_takes_it_in_again_is_noticed_at_once(relay):
    arrives(relay)
    relay.poll()
    relay.chat.rooms["-100"].gone = "kicked"
    relay.chat.brings("room_changed", room="-100", is_ours=False, by={"id": "5", "name": "Boss"})
    relay.world.settle()
    arrives(relay, "1234 two")
    relay.poll()
    relay.chat.rooms["-100"].gone = ""

    relay.chat.brings("room_changed", room="-100", is_ours=True, by={"id": "5", "name": "Boss"})
    relay.world.settle()

    assert relay.chat.texts(TITLE) == ["hello", "two"]


# --- what plugins choose, what the configuration loses ----------------------------------------------

CHOOSER = """
from pilotbridge import hookimpl


@hookimpl
def choose_conversation(inbound):
    return "{choice}"
"""


GRUMPY = """
from pilotbridge import Reply, hookimpl


@hookimpl
def answer_inbound(inbound, bridge):
    bridge.acknowledge("000", by="grumpy")
    return Reply("Taken")
"""


def test_a_text_whose_answer_comes_to_nothing_is_read_by_people(make_relay, tmp_path):
    folder = tmp_path / "chat-plugin"
    folder.mkdir(mode=0o700)
    (folder / "grumpy.py").write_text(GRUMPY, encoding="utf-8")
    (folder / "grumpy.py").chmod(0o600)
    relay = make_relay(("relay:", "plugins: {{ grumpy: {{ }} }}\nrelay:"))
    arrives(relay, "1234 take it")

    relay.poll()

    assert relay.chat.texts(TITLE) == ["take it"]
    state, reason = fate(relay)
    assert state == "routed"
    assert "the answer of grumpy could not be carried out: there is no incident #000" in reason


@pytest.mark.parametrize(
    ("choice", "room", "reason"),
    [
        ("vip-room", "-200", "relayed by the line ops"),
        ("shop", "-200", "relayed by the line shop"),
        (
            "nowhere",
            "-100",
            "relayed by the line ops; nowhere was chosen, which is neither a room nor a line",
        ),
        ("", "-100", "relayed by the line ops"),
    ],
)
def test_a_plugin_may_choose_a_room_or_another_line(make_relay, tmp_path, choice, room, reason):
    (tmp_path / "chat-plugin").mkdir(mode=0o700)
    chooser = tmp_path / "chat-plugin" / "chooser.py"
    chooser.write_text(CHOOSER.replace("{choice}", choice), encoding="utf-8")
    chooser.chmod(0o600)
    line = '{{ name: ops, number: "79021121075", prefix: "1234", room: ops-room }}'
    other = '{{ name: shop, number: "79021121076", room: vip-room }}'
    relay = make_relay(
        (line, f"{line}, {other}"),
        ('ops-room: {{ id: "-100" }}', 'ops-room: {{ id: "-100" }}, vip-room: {{ id: "-200" }}'),
        ("relay:", "plugins: {{ chooser: {{ }} }}\nrelay:"),
    )
    relay.chat.rooms["-200"] = type(relay.chat.rooms["-100"])()

    arrives(relay)
    relay.poll()

    assert [posted.room for posted in relay.chat.posted] == [room]
    assert fate(relay) == ("routed", reason)


def test_a_contact_who_forgets_the_space_is_heard_by_the_line_of_that_prefix(make_relay):
    line = '{{ name: ops, number: "79021121075", prefix: "1234", room: ops-room }}'
    other = '{{ name: shop, number: "79021121075", prefix: "5678", room: ops-room }}'
    relay = make_relay((line, f"{other}, {line}"))

    arrives(relay, "1234hello", sender="79087964782")
    relay.poll()

    assert relay.chat.texts("boris") == ["hello"]
    assert fate(relay) == ("routed", "relayed by the line ops")


def test_posts_for_a_chat_that_is_gone_wait_visibly_and_go_when_it_is_back(relay):
    relay.chat.wait_s = lambda _room, _lane: 60.0
    arrives(relay)
    relay.poll()
    store, now_ms = relay.world.app.ground.store, relay.world.clock.now_ms()

    from pilotbridge.outbox.posts.strays import hold_strays

    assert store.write(lambda tx: hold_strays(tx, [], now_ms)).result() == 1
    with relay.reads() as read:
        assert {p.reason for p in read.posts_stuck()} == {"the chat team is not configured any more"}

    relay.chat.wait_s = lambda _room, _lane: 0.0
    relay.world.crash()
    relay.world.run_for(seconds=1)
    assert relay.chat.texts(TITLE) == ["hello"]


def test_a_private_chat_that_is_closed_to_us_is_called_by_its_contact(make_relay):
    relay = make_relay(("room: ops-room }}", 'room: "@boris" }}'))
    relay.chat.rooms["1002"] = type(relay.chat.rooms["-100"])(gone="the user has blocked the bot")

    arrives(relay)
    relay.poll()

    assert any(text.startswith("the room @boris is closed to team") for text in troubles(relay))
