"""Commands that have something done: by the running bridge, and by themselves when none runs."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from pilotbridge.cli.operate import who_calls
from pilotbridge.cli.send import EXIT_CODES
from pilotbridge.lifecycle import FINISHED
from pilotbridge.store.looking import look
from pilotbridge.testing.world import World
from tests.cli.conftest import Run


@pytest.fixture
def ended(world: World) -> World:
    """A world with an open incident, whose bridge has ended."""
    world.fire("DiskFull")
    world.run_for(minutes=1)
    world.engine.close()
    return world


def ref_of(world: World) -> str:
    with look(world.engine.path) as read:
        return read.incidents_listed(1)[0].incident.ref


# --- no bridge runs ---------------------------------------------------------------------------------


def test_an_incident_is_taken_and_given_back_without_a_bridge(pilotbridge: Run, ended):
    ref = ref_of(ended)

    taken = pilotbridge("ack", f"#{ref}", "--note", "on it", config=ended)
    shown = pilotbridge("incidents", "show", ref, "--json", config=ended).json
    given_back = pilotbridge("ack", ref, "--undo", config=ended)

    assert (taken.code, taken.out) == (0, f"Taken #{ref} DiskFull. Silent till it clears.\n")
    assert (shown["state"], shown["note"]) == ("acknowledged", "on it")
    assert given_back.out == f"#{ref} DiskFull is open again.\n"


def test_a_silence_is_added_and_ended_without_a_bridge(pilotbridge: Run, ended):
    added = pilotbridge("silence", "add", "alertname=DiskFull", "-d", "2h", "-m", "moving", config=ended)
    [listed] = pilotbridge("silence", "list", "--json", config=ended).json
    expired = pilotbridge("silence", "expire", listed["id"], config=ended)

    assert added.out.strip() == listed["id"]
    assert (listed["matchers"], listed["comment"]) == (['alertname="DiskFull"'], "moving")
    assert expired.out == f"Silence {listed['id']} has ended.\n"
    assert pilotbridge("silence", "list", config=ended).out == "No silences.\n"


def test_a_message_sent_without_a_bridge_waits_on_disk(pilotbridge: Run, ended):
    sent = pilotbridge("send", "anna", "hello", config=ended)

    assert sent.code == 0
    assert "queued" in sent.out
    assert sent.err == "no bridge runs on this data_dir; it goes out when one starts\n"
    assert (
        pilotbridge("messages", "list", "--state", "queued", "--json", config=ended).json[0]["text"]
        == "hello"
    )


def test_of_several_people_those_before_a_wrong_one_are_told_of(pilotbridge: Run, ended):
    sent = pilotbridge("send", "anna", "nobody", "hello", "--json", config=ended)

    assert sent.code == 3
    assert "'nobody' is neither a contact" in sent.err
    assert [(each["contact"], each["state"]) for each in sent.json] == [("anna", "queued")]


def test_every_end_of_a_message_has_its_exit_code():
    """75 is what still waits; a script tries that again."""
    assert {state.value for state in FINISHED} <= EXIT_CODES.keys()
    assert 75 not in EXIT_CODES.values()


def test_a_user_whom_no_file_names_commands_by_a_number():
    """As in many a container."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found")

    assert who_calls(nobody) == f"uid {os.getuid()}"


def test_a_waiting_message_is_cancelled_and_then_not_again(pilotbridge: Run, ended):
    message_id = pilotbridge("send", "anna", "hello", "--json", config=ended).json[0]["id"]

    cancelled = pilotbridge("messages", "cancel", message_id, config=ended)
    again = pilotbridge("messages", "cancel", message_id, config=ended)

    assert "cancelled" in cancelled.out
    assert again.code == 4


def test_sending_is_paused_and_resumed_without_a_bridge(pilotbridge: Run, ended):
    paused = pilotbridge("messages", "pause", "--reason", "drill", config=ended)
    resumed = pilotbridge("messages", "resume", config=ended)
    twice = pilotbridge("messages", "resume", config=ended)

    assert "drill" in paused.out
    assert resumed.out == "Messages go out again.\n"
    assert (twice.code, twice.err) == (4, "pilotbridge: sending is not paused\n")


def test_two_never_write_at_once(pilotbridge: Run, world):
    """The world holds the lock, as a bridge does that is just starting and has no socket yet."""
    told = pilotbridge("send", "anna", "hello", config=world)

    assert told.code == 75
    assert "stop it first, or try again in a moment" in told.err
    assert world.messages() == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("ack", "999"), 3),
        (("send", "nobody", "hi"), 3),
        (("send", "sms:+14155552671", "hi"), 4),
        (("send", "anna", "привeт"), 4),
        (("silence", "expire", "none"), 3),
        (("silence", "add", "nonsense"), 4),
        (("messages", "retry", "77"), 3),
        (("send", "anna"), 2),
        (("send", "anna", "x", "--at", "yesterday"), 2),
        (("silence", "add", "a=b", "-d", "soon"), 2),
    ],
)
def test_what_is_refused_has_its_exit_code_and_a_sentence(pilotbridge: Run, ended, asked, code):
    told = pilotbridge(*asked, config=ended)

    assert told.code == code
    assert len(told.err.split()) > 3
    assert "Traceback" not in told.err


def test_a_send_can_be_rehearsed_beside_anything(pilotbridge: Run, world):
    told = pilotbridge("send", "anna", "Привет", "--dry-run", "--json", config=world).json

    assert told == [
        {"to": "+7908***4781", "contact": "anna", "encoding": "UCS-2", "parts": 1, "text": "Привет"}
    ]
    assert world.messages() == []


def test_a_rehearsed_send_is_judged_like_a_real_one(pilotbridge: Run, world):
    told = pilotbridge("send", "anna", "привeт", "--dry-run", config=world)

    assert told.code == 4
    assert "mixes Cyrillic and Latin" in told.err


def test_a_rehearsed_sender_is_judged_like_a_real_one(pilotbridge: Run, world):
    told = pilotbridge("send", "anna", "hello", "--sender", "ИНФОРМ", "--dry-run", config=world)

    assert told.code == 4
    assert "'ИНФОРМ' is no sender's name; write 3 to 11 Latin letters" in told.err


# --- a bridge runs ----------------------------------------------------------------------------------


def test_a_running_bridge_sends_at_once_and_is_followed_to_the_end(pilotbridge: Run, bridge):
    bridge.start()

    sent = pilotbridge("send", "anna", "Call me", "--wait", config=bridge.file)

    assert sent.code == 0
    assert "delivered" in sent.out
    assert [line.split()[-1] for line in sent.err.splitlines()][-1] == "delivered"


def test_a_message_that_the_gateway_refuses_exits_5(pilotbridge: Run, bridge, sandbox):
    world = sandbox.sandbox.world
    world.set_account(replace(world.accounts["main"], blacklist=("79087964781",)))
    bridge.start()

    sent = pilotbridge("send", "anna", "Call me", "--wait", config=bridge.file)

    assert sent.code == 5
    assert "refused" in sent.out


def test_a_message_that_still_waits_when_patience_ends_exits_75(pilotbridge: Run, make_bridge):
    """204: the sender is not the account's, so the message is held until somebody mends that."""
    bridge = make_bridge(sender="NOBODYS").start()

    sent = pilotbridge("send", "anna", "Call me", "--wait", "--timeout", "2s", config=bridge.file)

    assert sent.code == 75
    assert "204" in sent.out


def test_a_running_bridge_does_what_it_is_told_over_its_socket(pilotbridge: Run, bridge):
    bridge.start()

    paused = pilotbridge("messages", "pause", "--reason", "drill", config=bridge.file)
    sent = pilotbridge("send", "anna", "hello", "--json", config=bridge.file).json[0]
    refused = pilotbridge("messages", "resolve", sent["id"], "--accepted", config=bridge.file)
    nothing = pilotbridge("ack", "999", config=bridge.file)

    assert paused.code == 0
    assert sent["state"] in ("queued", "held")
    assert refused.code == 4
    assert (nothing.code, nothing.err) == (3, "pilotbridge: there is no incident #999; none is open\n")
    assert bridge.stop() == 0
