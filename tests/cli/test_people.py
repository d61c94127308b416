"""Conversations, the inbox, contacts and opt-outs from the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pilotbridge.chat import Person, PersonId
from pilotbridge.relay.enrolment import redeem_code
from pilotbridge.testing.world import World
from tests.cli.conftest import Run, on_terminal
from tests.cli.test_looking import promised_keys
from tests.relay.conftest import make_relay, relay

__all__ = ["make_relay", "relay"]

CUSTOMER, TOPIC = "+79131437355", "+7913***7355"


@pytest.fixture
def talk(relay):
    """A customer asked and was answered, asked again, and Anna said hello."""
    relay.world.sms_from(CUSTOMER, "Where is my parcel?")
    relay.poll()
    relay.writes("On its way", to=TOPIC)
    relay.world.run_for(minutes=3)
    relay.world.sms_from(CUSTOMER, "Since when?")
    relay.world.sms_from("anna", "hello")
    relay.poll()
    return relay


@pytest.fixture
def ended(talk) -> Iterator[World]:
    """The same, and its bridge has ended."""
    talk.world.engine.close()
    yield talk.world
    talk.world.crash()


# --- conversations ----------------------------------------------------------------------------------


def test_conversations_are_listed_with_what_waits_in_them(pilotbridge: Run, talk):
    listed = pilotbridge("conversations", "list", "--json", config=talk.world).json

    assert [(fact["id"], fact["phone"], fact["contact"]) for fact in listed] == [
        (2, "+7908***4781", "anna"),
        (1, TOPIC, None),
    ]
    assert [(fact["room"], fact["state"], fact["unanswered"]) for fact in listed] == [
        ("ops-room", "new", 1)
    ] * 2
    assert set(listed[0]) == promised_keys("conversations list")


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (("--phone", CUSTOMER), [1]),
        (("--phone", "anna"), [2]),
        (("--state", "new"), [2, 1]),
        (("--state", "closed"), []),
        (("--line", "ops", "--limit", "1"), [2]),
        (("--phone", "+79131437399"), []),
    ],
)
def test_conversations_can_be_filtered(pilotbridge: Run, talk, filters, numbers):
    listed = pilotbridge("conversations", "list", *filters, "--json", config=talk.world).json

    assert [fact["id"] for fact in listed] == numbers


def test_a_line_that_does_not_exist_is_no_empty_list(pilotbridge: Run, talk):
    told = pilotbridge("conversations", "list", "--line", "sales", config=talk.world)

    assert (told.code, told.err) == (3, "pilotbridge: there is no line 'sales'; relay.lines has: ops\n")


def test_a_conversation_is_shown_both_ways_in_order_and_in_the_bridges_zone(pilotbridge: Run, talk):
    shown = pilotbridge("conversations", "show", "1", config=talk.world)

    lines = [line.split() for line in shown.out.splitlines()[7:]]
    assert [line[1:4] for line in lines] == [
        ["12:00:15", "in", "Where"],
        ["12:00:16", "out", "anna"],
        ["12:03:30", "in", "Since"],
    ]
    assert "new, 1 unanswered" in shown.out
    assert CUSTOMER not in shown.out


def test_a_conversation_as_json_has_the_keys_that_are_promised(pilotbridge: Run, talk):
    fact = pilotbridge("conversations", "show", CUSTOMER, "--json", config=talk.world).json

    promised = promised_keys("conversations list") | promised_keys("conversations show")
    assert {*fact, *fact["texts"][0]} == promised
    assert [text["way"] for text in fact["texts"]] == ["in", "out", "in"]
    assert fact["texts"][0]["posts"][0]["state"] == "delivered"


def test_only_the_newest_texts_are_shown_when_asked_so(pilotbridge: Run, talk):
    fact = pilotbridge("conversations", "show", "1", "--limit", "1", "--json", config=talk.world).json

    assert [text["text"] for text in fact["texts"]] == ["Since when?"]


def test_a_post_that_is_not_in_the_chat_yet_shows_with_its_reason(pilotbridge: Run, talk):
    talk.chat.rooms["-100"].gone = "kicked"
    talk.world.sms_from(CUSTOMER, "Hello?")
    talk.poll()

    shown = pilotbridge("conversations", "show", "1", config=talk.world)

    assert "routed, post held  kicked" in shown.out


def test_what_a_phone_wants_no_more_is_shown(pilotbridge: Run, talk):
    talk.world.sms_from(CUSTOMER, "STOP")
    talk.poll()

    assert (
        "opted out     no texts wanted: texted stop"
        in pilotbridge("conversations", "show", "1", config=talk.world).out
    )


def test_alerts_to_the_same_phone_are_no_part_of_a_conversation(pilotbridge: Run, talk):
    talk.world.fire("DiskFull")
    talk.world.run_for(minutes=2)

    fact = pilotbridge("conversations", "show", "anna", "--json", config=talk.world).json

    assert [text["text"] for text in fact["texts"]] == ["hello"]


def test_a_reply_without_a_bridge_is_on_disk_and_says_when_it_goes(pilotbridge: Run, ended):
    told = pilotbridge("conversations", "reply", "1", "Since Monday", config=ended)

    assert told.code == 0
    assert told.out.startswith("message 2 to +7913***7355 (1 part): queued, ")
    assert told.err == "no bridge runs on this data_dir; it goes out when one starts\n"


def test_the_keys_of_a_reply_are_the_ones_that_are_promised(pilotbridge: Run, ended):
    fact = pilotbridge("conversations", "reply", "1", "Since Monday", "--json", config=ended).json

    assert set(fact) == promised_keys("messages") | {"conversation"}


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (("77", "hello"), 3, "there is no conversation 77"),
        (("1", ""), 4, "nothing to send"),
        (("1", "x" * 500), 4, "--max-parts"),
    ],
)
def test_a_reply_that_may_not_go_says_why_and_what_to_do(pilotbridge: Run, ended, asked, code, says):
    told = pilotbridge("conversations", "reply", *asked, config=ended)

    assert (told.code, says in told.err) == (code, True), told


def test_a_conversation_is_closed_once_and_waits_for_nobody(pilotbridge: Run, ended):
    fact = pilotbridge("conversations", "close", CUSTOMER, "--json", config=ended).json
    again = pilotbridge("conversations", "close", "1", config=ended)

    assert (fact["id"], fact["state"], fact["waits_since"], fact["unanswered"]) == (1, "closed", None, 0)
    assert set(fact) == promised_keys("conversations list")
    assert (again.code, "closed already" in again.err) == (4, True)
    assert pilotbridge("conversations", "close", "99", config=ended).code == 3


def test_an_equal_text_needs_a_word(pilotbridge: Run, ended):
    pilotbridge("conversations", "reply", "1", "Since Monday", config=ended)

    again = pilotbridge("conversations", "reply", "1", "Since Monday", config=ended)
    marked = pilotbridge("conversations", "reply", "1", "Since Monday", "--repeat", "--json", config=ended)

    assert (again.code, "--repeat" in again.err) == (4, True)
    assert marked.json["text"] == "Since Monday (2)"


def test_a_phone_that_opted_out_is_not_answered(pilotbridge: Run, ended):
    pilotbridge("contacts", "optouts", "add", CUSTOMER, "--reason", "by telephone", config=ended)

    told = pilotbridge("conversations", "reply", "1", "Since Monday", config=ended)
    pilotbridge("contacts", "optouts", "remove", CUSTOMER, config=ended)
    later = pilotbridge("conversations", "reply", "1", "Since Monday", config=ended)

    assert told.code == 4
    assert "by telephone); contacts optouts remove 1 lifts it" in told.err
    assert later.code == 0


# --- the inbox --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "texts"),
    [
        ((), ["hello", "Since when?", "Where is my parcel?"]),
        (("--from", "anna"), ["hello"]),
        (("--from", "8 913 143-73-55", "--limit", "1"), ["Since when?"]),
        (("--from", "BANK"), []),
        (("--line", "ops", "--state", "routed", "--limit", "1"), ["hello"]),
        (("--state", "unrouted"), []),
        (("--since", "2026-01-12T09:02:00+00:00"), ["hello", "Since when?"]),
        (("--since", "1h"), []),
    ],
)
def test_the_inbox_can_be_filtered(pilotbridge: Run, talk, filters, texts):
    listed = pilotbridge("inbox", "list", *filters, "--json", config=talk.world).json

    assert [fact["text"].removeprefix("1234 ") for fact in listed] == texts


def test_the_inbox_names_the_conversation_of_each(pilotbridge: Run, talk):
    listed = pilotbridge("inbox", "list", "--json", config=talk.world).json

    assert [(fact["line"], fact["conversation"]) for fact in listed] == [("ops", 2), ("ops", 1), ("ops", 1)]


# --- messages both ways -----------------------------------------------------------------------------


def test_posts_to_chats_stand_among_the_messages(pilotbridge: Run, talk):
    listed = pilotbridge("messages", "list", config=talk.world).out

    assert "p1  " in listed
    assert "Where is my parcel?" in listed
    assert "On its way" in listed
    assert "tick" not in listed


def test_each_way_can_be_asked_for_alone(pilotbridge: Run, talk):
    sms = pilotbridge("messages", "list", "--way", "sms", "--json", config=talk.world).json
    posts = pilotbridge("messages", "list", "--way", "chat", "--json", config=talk.world).json
    both = pilotbridge("messages", "list", "--json", config=talk.world).json

    assert {fact["way"] for fact in sms} == {"sms"}
    assert {fact["way"] for fact in posts} == {"chat"}
    assert "(tick: delivered)" in {fact["text"] for fact in posts}
    assert [fact["created_at"] for fact in both] == sorted((f["created_at"] for f in both), reverse=True)


def test_without_chats_only_sms_are_looked_for(pilotbridge: Run, world):
    world.send_sms("anna", "hello")

    assert [fact["way"] for fact in pilotbridge("messages", "list", "--json", config=world).json] == ["sms"]


def test_a_post_has_all_keys_of_a_message(pilotbridge: Run, talk):
    [post, *_] = pilotbridge("messages", "list", "--way", "chat", "--json", config=talk.world).json

    assert set(post) == promised_keys("messages") | {"kind", "conversation"}


def test_a_post_that_is_stuck_is_one_of_the_stuck(pilotbridge: Run, talk):
    talk.chat.rooms["-100"].gone = "kicked"
    talk.world.sms_from(CUSTOMER, "Hello?")
    talk.poll()

    stuck = pilotbridge("messages", "list", "--stuck", config=talk.world)

    assert stuck.code == 1
    assert "held" in stuck.out
    assert "kicked" in stuck.out


def test_a_post_is_shown_with_its_history(pilotbridge: Run, talk):
    shown = pilotbridge("messages", "show", "p1", config=talk.world)

    assert "text            Where is my parcel?" in shown.out
    assert "confirm at" in shown.out
    assert pilotbridge("messages", "show", "p99", config=talk.world).code == 3
    assert pilotbridge("messages", "show", "q1", config=talk.world).code == 3


# --- contacts ---------------------------------------------------------------------------------------


def test_contacts_are_listed_masked_unless_whole_numbers_are_asked_for(pilotbridge: Run, talk):
    masked = pilotbridge("contacts", "list", config=talk.world)
    [anna, boris] = pilotbridge("contacts", "list", "--full", "--json", config=talk.world).json

    assert "9087964781" not in masked.out
    assert (anna["phone"], anna["has_texted"], anna["telegram"]) == ("+79087964781", True, "1001")
    assert (boris["has_texted"], boris["last_delivered_at"]) == (False, None)
    assert set(anna) == promised_keys("contacts list")


def test_a_contact_that_can_be_reached_is_verified(pilotbridge: Run, talk):
    talk.world.fire("DiskFull")
    talk.world.run_for(minutes=2)

    told = pilotbridge("contacts", "verify", "anna", config=talk.world)

    assert told.code == 0
    assert "All is well." in told.out
    assert "the last SMS was delivered (2026-01-12 12:0" in told.out


def test_what_is_missing_is_told_with_the_fix(pilotbridge: Run, talk):
    told = pilotbridge("contacts", "verify", "boris", config=talk.world)

    assert told.code == 0
    assert 'fix: pilotbridge send sms:boris "a test" --wait' in told.out
    assert "fix: let them text 1234 ? to +79021121075" in told.out


def test_a_way_that_does_not_work_fails(pilotbridge: Run, talk):
    talk.world.order("scripts", phone="79087964782", outcome="undelivered")
    talk.world.send_sms("boris", "are you there")
    talk.world.run_for(minutes=5)

    told = pilotbridge("contacts", "verify", "boris", "--json", config=talk.world)

    assert told.code == 1
    [failed] = [fact for fact in told.json if fact["level"] == "fail"]
    assert failed["says"].startswith("the last SMS is undelivered (2026-01-12 12:0")


def test_a_private_chat_that_is_closed_to_us_fails(pilotbridge: Run, talk):
    talk.world.app.ground.store.write(lambda tx: tx.set_room_gone("team", "1002", "blocked", 0))

    told = pilotbridge("contacts", "verify", "boris", config=talk.world)

    assert told.code == 1
    assert "their private chat is closed to us: blocked" in told.out


def test_a_code_from_the_command_line_ties_whoever_sends_it(pilotbridge: Run, ended):
    told = pilotbridge("contacts", "link", "boris", "--json", config=ended).json

    ended.crash()
    person, now_ms = Person(PersonId("7007")), int(datetime.now(UTC).timestamp() * 1000)
    settings = ended.app.in_force.settings
    store = ended.app.ground.store
    tied = store.write(lambda tx: redeem_code(tx, told["code"], "team", person, settings, now_ms)).result()

    assert told["send"] == f"/link {told['code']}"
    assert len(told["code"]) == 16
    assert tied.name == "boris"


def test_a_code_for_nobody_is_none(pilotbridge: Run, ended):
    assert pilotbridge("contacts", "link", "nobody", config=ended).code == 3


def test_where_there_is_no_chat_there_is_nothing_to_link(pilotbridge: Run, world):
    world.engine.close()

    told = pilotbridge("contacts", "link", "boris", config=world)

    assert told.code == 4
    assert "no chat is configured" in told.err


# --- opt-outs ---------------------------------------------------------------------------------------


def test_an_optout_is_added_listed_exported_and_removed(pilotbridge: Run, ended):
    added = pilotbridge("contacts", "optouts", "add", CUSTOMER, "--reason", "=1+1", config=ended)
    listed = pilotbridge("contacts", "optouts", "list", config=ended)
    exported = pilotbridge("contacts", "optouts", "export", config=ended)
    removed = pilotbridge("contacts", "optouts", "remove", CUSTOMER, config=ended)

    assert added.out == "+7913***7355 gets no more texts of ops.\n"
    assert CUSTOMER not in listed.out
    [row] = csv.DictReader(io.StringIO(exported.out))
    assert (row["phone"], row["line"], row["reason"].endswith(": =1+1")) == (CUSTOMER, "ops", True)
    assert removed.out == "+7913***7355 may be texted again by ops.\n"
    assert pilotbridge("contacts", "optouts", "list", config=ended).out == "Nobody has opted out.\n"


def test_send_heeds_what_was_written_down(pilotbridge: Run, ended):
    pilotbridge("contacts", "optouts", "add", CUSTOMER, config=ended)

    told = pilotbridge("send", f"sms:{CUSTOMER}", "an offer", config=ended)

    assert told.code == 4
    assert "wants no more texts" in told.err


@pytest.mark.parametrize(
    "asked", [("remove", CUSTOMER), ("add", "nobody"), ("add", CUSTOMER, "--line", "none"), ("add", "77")]
)
def test_an_optout_of_nobody_exits_3(pilotbridge: Run, ended, asked):
    told = pilotbridge("contacts", "optouts", *asked, config=ended)

    assert told.code == 3
    assert len(told.err.split()) > 4


# --- for people -------------------------------------------------------------------------------------


def test_on_a_narrow_terminal_a_conversation_can_still_be_read(talk):
    seen = on_terminal(
        "conversations", "show", "1", config=talk.world.folder / "pilotbridge.yaml", columns=50
    )

    assert "TEXT    Where is my parcel?\n" in seen


# --- cards ------------------------------------------------------------------------------------------


@pytest.fixture
def carded(make_relay) -> Iterator[World]:
    """An incident with a card in a room, both over, and its bridge has ended."""
    relay = make_relay(("steps: [ {{ notify: [sms:anna] }} ]", "steps: [ {{ notify: [chat:ops-room] }} ]"))
    alert = relay.world.fire("DiskFull")
    relay.world.run_for(minutes=6)
    relay.world.resolve(alert)
    relay.world.run_for(minutes=6)
    relay.world.engine.close()
    yield relay.world
    relay.world.crash()


def test_a_trace_of_an_incident_tells_of_its_card_and_how_each_edit_ended(pilotbridge: Run, carded):
    file = carded.folder / "pilotbridge.yaml"
    [row] = pilotbridge("incidents", "list", "--json", config=file).json

    steps = pilotbridge("trace", row["ref"], "--json", config=file).json

    told = [(step["what"], step["step"]) for step in steps if step["what"].startswith("post ")]
    assert told[:4] == [
        ("post p1 to ops-room", state) for state in ("queued", "sending", "accepted", "delivered")
    ]
    assert told[4:] == [("post p2 to ops-room", "edit delivered")]


def test_a_post_is_traced_by_its_own_number(pilotbridge: Run, carded):
    steps = pilotbridge("trace", "p2", "--json", config=carded.folder / "pilotbridge.yaml").json

    assert [step["step"] for step in steps] == ["queued", "sending", "accepted", "delivered"]
