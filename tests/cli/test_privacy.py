"""A number is shown whole to whoever has it, and forgotten for good; an opt-out is heeded all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pilotbridge.testing.world import World
from tests.cli.conftest import Run
from tests.relay.conftest import make_relay, relay

__all__ = ["make_relay", "relay"]

CUSTOMER, TOPIC = "+79131437355", "+7913***7355"
OTHER = "+79131437356"


@pytest.fixture
def talk(relay):
    """A customer asked and was answered; somebody else said hello."""
    relay.world.sms_from(CUSTOMER, "Where is my parcel?")
    relay.poll()
    relay.writes("It is on its way", to=TOPIC)
    relay.world.run_for(minutes=3)
    relay.world.sms_from(OTHER, "hello")
    relay.poll()
    return relay


@pytest.fixture
def ended(talk) -> Iterator[World]:
    """The same, and its bridge has ended."""
    talk.world.engine.close()
    yield talk.world
    talk.world.crash()


def on_disk(world: World) -> bytes:
    return b"".join(file.read_bytes() for file in (world.folder / "data").glob("pilotbridge.db*"))


# --- export -----------------------------------------------------------------------------------------


def test_everything_about_a_number_is_exported_with_the_number_itself(pilotbridge: Run, talk):
    told = pilotbridge("privacy", "export", CUSTOMER, config=talk.world)

    fact = json.loads(told.out)
    assert told.code == 0
    assert [each["text"] for each in fact["messages"]] == ["It is on its way"]
    assert [each["text"] for each in fact["inbound"]] == ["1234 Where is my parcel?"]
    assert fact["messages"][0]["history"][0]["reason"] == "anna wrote it in team"
    assert {fact["phone"], fact["messages"][0]["to"], fact["conversations"][0]["phone"]} == {CUSTOMER}
    assert "Where is my parcel?" in {each["text"] for each in fact["posts"]}
    assert "hello" not in told.out


def test_an_export_into_a_file_is_for_its_owner_and_overwrites_nothing(pilotbridge: Run, talk, tmp_path):
    file = tmp_path / "them.json"

    first = pilotbridge("privacy", "export", CUSTOMER, "-o", file, config=talk.world)
    again = pilotbridge("privacy", "export", CUSTOMER, "-o", file, config=talk.world)

    assert (first.code, first.out) == (0, "")
    assert "1 message, 1 inbound SMS, " in first.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text("utf-8"))["phone"] == CUSTOMER
    assert (again.code, "overwrites nothing" in again.err) == (4, True)


def test_optouts_that_have_ended_are_exported_too(pilotbridge: Run, talk):
    talk.world.sms_from(CUSTOMER, "STOP")
    talk.poll()
    talk.world.sms_from(CUSTOMER, "START")
    talk.poll()

    [optout] = json.loads(pilotbridge("privacy", "export", CUSTOMER, config=talk.world).out)["optouts"]

    assert (optout["line"], optout["reason"], optout["ended"]) == ("ops", "texted stop", "texted start")


def test_of_a_number_nobody_knows_nothing_is_exported(pilotbridge: Run, talk):
    fact = json.loads(pilotbridge("privacy", "export", "+79131437399", config=talk.world).out)

    assert {name: fact[name] for name in ("messages", "inbound", "conversations", "posts", "optouts")} == {
        "messages": [],
        "inbound": [],
        "conversations": [],
        "posts": [],
        "optouts": [],
    }


# --- forget -----------------------------------------------------------------------------------------


def test_a_forgotten_number_is_nowhere_in_the_file(pilotbridge: Run, ended):
    before = on_disk(ended)

    told = pilotbridge("privacy", "forget", CUSTOMER, "--yes", config=ended)

    assert told.code == 0
    assert told.out.startswith("Forgotten of +7913***7355: 1 message, 1 inbound SMS, ")
    for trace in (CUSTOMER[1:], "Where is my parcel", "It is on its way"):
        assert trace.encode() in before
        assert trace.encode() not in on_disk(ended), trace
    assert OTHER[1:].encode() in on_disk(ended)


def test_it_says_what_stays(pilotbridge: Run, ended):
    told = pilotbridge("privacy", "forget", CUSTOMER, "--yes", config=ended)

    assert "- what was posted stays in the chat; delete the topic there\n" in told.out
    assert "- copies of the database, made before, still have it" in told.out


def test_rows_stay_for_the_counts_and_the_database_is_sound(pilotbridge: Run, ended):
    pilotbridge("privacy", "forget", CUSTOMER, "--yes", config=ended)

    [message] = pilotbridge("messages", "list", "--way", "sms", "--json", config=ended).json
    shown = pilotbridge("conversations", "show", "1", "--json", config=ended).json

    assert (message["to"], message["text"], message["state"]) == ("(forgotten)", "(forgotten)", "delivered")
    assert message["cost_rub"] == "2.96"
    assert (shown["phone"], shown["state"], shown["texts"]) == ("forgotten 1", "closed", [])
    assert pilotbridge("db", "verify", config=ended).code == 0


def test_the_feed_does_not_bring_a_forgotten_sms_again(pilotbridge: Run, talk):
    pilotbridge_forget(talk)

    talk.world.run_for(hours=2)

    assert [sms.text for sms in talk.world.inbox()] == ["(forgotten)", "1234 hello"]
    assert talk.chat.texts(TOPIC) == ["Where is my parcel?"]


def test_whoever_texts_again_is_somebody_new(pilotbridge: Run, talk):
    pilotbridge_forget(talk)

    talk.world.sms_from(CUSTOMER, "me again")
    talk.poll()

    listed = pilotbridge("conversations", "list", "--phone", CUSTOMER, "--json", config=talk.world).json
    assert [fact["id"] for fact in listed] == [3]


def pilotbridge_forget(talk) -> None:
    """As the command asks the running bridge: until nothing is left."""
    while talk.world.app.desk.privacy.forget(CUSTOMER, by="root")["left"]:
        pass


def test_a_text_in_the_old_thread_goes_to_nobody_and_says_so(talk):
    pilotbridge_forget(talk)

    talk.writes("are you there?", to=TOPIC)

    assert talk.chat.texts(TOPIC)[-1] == "Nobody can answer this sender: it is no mobile phone."
    assert len(talk.world.messages()) == 1


@pytest.mark.parametrize("state", ["queued", "held"])
def test_what_is_still_to_happen_comes_first(pilotbridge: Run, ended, state):
    if state == "held":
        pilotbridge("messages", "pause", config=ended)
    pilotbridge("conversations", "reply", "1", "one more thing", config=ended)

    told = pilotbridge("privacy", "forget", CUSTOMER, "--yes", config=ended)

    assert told.code == 4
    assert "message 2 (queued), post p" in told.err
    assert "messages cancel or resolve" in told.err
    assert CUSTOMER[1:].encode() in on_disk(ended)


def test_once_it_is_cancelled_the_number_can_be_forgotten(pilotbridge: Run, ended):
    pilotbridge("conversations", "reply", "1", "one more thing", config=ended)
    stuck = pilotbridge("messages", "list", "--state", "queued", "--json", config=ended).json
    for fact in stuck:
        name = f"p{fact['id']}" if fact["way"] == "chat" else fact["id"]
        assert pilotbridge("messages", "cancel", name, config=ended).code == 0

    assert pilotbridge("privacy", "forget", CUSTOMER, "--yes", config=ended).code == 0
    assert CUSTOMER[1:].encode() not in on_disk(ended)


def test_an_optout_is_heeded_when_nobody_knows_whose_it_was(pilotbridge: Run, ended):
    pilotbridge("contacts", "optouts", "add", CUSTOMER, "--reason", "my name is Ivan", config=ended)

    pilotbridge("privacy", "forget", CUSTOMER, "--yes", config=ended)

    listed = pilotbridge("contacts", "optouts", "list", config=ended)
    assert "(forgotten)" in listed.out
    assert b"Ivan" not in on_disk(ended)
    assert pilotbridge("contacts", "optouts", "export", config=ended).out == "phone,line,since,reason\n"
    assert pilotbridge("send", f"sms:{CUSTOMER}", "an offer", config=ended).code == 4
    assert pilotbridge("send", f"sms:{OTHER}", "an offer", config=ended).code == 0


def test_who_was_forgotten_may_text_start(talk):
    talk.world.sms_from(CUSTOMER, "STOP")
    talk.poll()
    talk.world.run_for(minutes=2)
    pilotbridge_forget(talk)

    talk.world.sms_from(CUSTOMER, "START")
    talk.poll()
    talk.world.run_for(minutes=2)

    assert talk.world.texts_to(CUSTOMER)[-1] == "You will get our texts again."
    with talk.reads() as read:
        assert read.optouts_listed() == []


def test_who_opted_out_and_was_forgotten_twice_is_one_optout(talk):
    for _ in range(2):
        talk.world.sms_from(CUSTOMER, "STOP")
        talk.poll()
        talk.world.run_for(minutes=2)
        pilotbridge_forget(talk)

    with talk.reads() as read:
        assert [each.phone for each in read.optouts_listed()] == [None]


def test_a_number_that_monitoring_wrote_is_said_to_go_by_its_age(pilotbridge: Run, talk):
    talk.world.tell({"alertname": "Payment", "phone": CUSTOMER})
    talk.world.run_for(minutes=2)
    talk.world.engine.close()

    told = pilotbridge("privacy", "forget", CUSTOMER, "--yes", config=talk.world)

    talk.world.crash()
    assert "- 1 bodies of monitoring hold it; they go by " in told.out


def test_it_asks_first(pilotbridge: Run, ended):
    told = pilotbridge("privacy", "forget", CUSTOMER, config=ended)

    assert told.code == 2
    assert "for good? Nobody is here to answer; add --yes when it is meant." in told.err
    assert CUSTOMER[1:].encode() in on_disk(ended)


def test_a_contact_is_forgotten_and_named_as_one_that_the_configuration_has(pilotbridge: Run, talk):
    talk.world.fire("DiskFull")
    talk.world.run_for(minutes=2)
    talk.world.engine.close()

    told = pilotbridge("privacy", "forget", "anna", "--yes", config=talk.world)

    talk.world.crash()
    assert "- the configuration names it as anna's; remove it there\n" in told.out


@pytest.mark.parametrize("asked", [("export", "nobody"), ("forget", "nobody", "--yes")])
def test_what_is_no_number_exits_3(pilotbridge: Run, ended, asked):
    told = pilotbridge("privacy", *asked, config=ended)

    assert told.code == 3
    assert "neither a contact with a phone nor a phone number" in told.err
