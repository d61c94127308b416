"""A line that people are served on: nobody waits unnoticed, at night they are told so, and it has an end."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pilotbridge.chat import ChangeThread
from pilotbridge.clock import to_ms
from pilotbridge.config.settings import RelayLine
from pilotbridge.intervals import TimeInterval
from pilotbridge.model import Line
from pilotbridge.relay.reminding import Step, next_step
from pilotbridge.store.records import changed
from tests.relay.test_answers import arrives_from
from tests.relay.test_deciding import TALK

PARCEL, TITLE = "+79131437355", "+7913***7355"
OPS = 'prefix: "1234", room: ops-room }}'
REMINDS = 'prefix: "1234", room: ops-room, remind_after: 30m, remind: [boris] }}'
AWAY_TEXT = "We are back at nine"
OFFICE = 'prefix: "1234", room: ops-room, hours: [office], away: "We are back at nine" }}'
INTERVALS = (
    "sources:",
    'time_intervals: [ {{ name: office, time_intervals: [ {{ times: [ {{ start_time: "09:00", '
    'end_time: "18:00" }} ], location: Europe/Moscow }} ] }} ]\nsources:',
)


@pytest.fixture
def reminded(make_relay):
    """After 30 minutes the room is reminded, after another 30 Boris by SMS."""
    return make_relay((OPS, REMINDS))


@pytest.fixture
def office(make_relay):
    """Somebody answers from nine to six in Moscow, where it is noon."""
    return make_relay((OPS, OFFICE), INTERVALS)


def asks(relay, text: str = "Where is it?", *, who: str = PARCEL) -> None:
    relay.world.sms_from(who, text)
    relay.poll()


def reminders(relay) -> list[str]:
    return [text for text in relay.chat.texts() if "has waited" in text]


def sms_to_boris(relay) -> list[str]:
    return [text for text in relay.world.texts_to("boris") if "has waited" in text]


def state(relay) -> str:
    with relay.reads() as read:
        (conversation,) = read.conversations_listed()
    return conversation.state


# --- reminders --------------------------------------------------------------------------------------


def test_who_waits_too_long_is_named_in_the_room_and_then_by_sms_once_each(reminded):
    asks(reminded)

    reminded.world.run_for(minutes=29)
    assert reminders(reminded) == []
    reminded.world.run_for(minutes=2)
    assert reminders(reminded) == [
        f"{TITLE} has waited 30 min for an answer (line ops, conversation 1): write in the topic {TITLE}, or "
        "/close it there."
    ]
    assert sms_to_boris(reminded) == []
    reminded.world.run_for(minutes=32)
    assert sms_to_boris(reminded) == [f"{TITLE} has waited 60 min for an answer (line ops, conversation 1)."]
    reminded.world.run_for(hours=5)
    assert (len(reminders(reminded)), len(sms_to_boris(reminded))) == (1, 1)


def test_who_was_answered_does_not_wait(reminded):
    asks(reminded)
    reminded.world.run_for(minutes=10)
    reminded.writes("On its way", to=TITLE)

    reminded.world.run_for(hours=3)

    assert (reminders(reminded), sms_to_boris(reminded)) == ([], [])


def test_who_texts_again_while_they_wait_waits_since_the_first_text(reminded):
    asks(reminded)
    reminded.world.run_for(minutes=20)
    asks(reminded, "Hello?")

    reminded.world.run_for(minutes=11)

    assert len(reminders(reminded)) == 1


def test_who_waits_again_after_an_answer_is_named_again(reminded):
    asks(reminded)
    reminded.world.run_for(minutes=40)
    reminded.writes("On its way", to=TITLE)
    asks(reminded, "And now?")

    reminded.world.run_for(minutes=40)

    assert len(reminders(reminded)) == 2
    assert sms_to_boris(reminded) == []


@pytest.mark.parametrize("crash_at_min", [5, 29, 30, 31, 59, 60, 61])
def test_a_crash_forgets_no_reminder_and_repeats_none(reminded, crash_at_min):
    asks(reminded)
    reminded.world.run_for(minutes=crash_at_min)

    reminded.world.crash()
    reminded.world.run_for(hours=2)

    assert (len(reminders(reminded)), len(sms_to_boris(reminded))) == (1, 1)


def test_what_was_due_while_nobody_ran_comes_at_the_start(reminded):
    asks(reminded)
    reminded.world.clock.forward(50 * 60_000)
    reminded.world.crash()

    reminded.world.run_for(minutes=1)

    assert len(reminders(reminded)) == 1


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_set_neither_hurries_nor_delays_a_reminder(reminded, hours):
    asks(reminded)
    reminded.world.run_for(minutes=10)
    reminded.world.clock.set_wall(reminded.world.clock.utc_now() + timedelta(hours=hours))

    reminded.world.run_for(minutes=18)
    before = reminders(reminded)
    reminded.world.run_for(minutes=4)

    assert before == []
    assert [text.partition(" for ")[0] for text in reminders(reminded)] == [f"{TITLE} has waited 30 min"]


def test_without_somebody_to_text_the_room_alone_is_reminded(make_relay):
    relay = make_relay((OPS, 'prefix: "1234", room: ops-room, remind_after: 30m }}'))
    asks(relay)

    relay.world.run_for(hours=3)

    assert len(reminders(relay)) == 1
    assert sms_to_boris(relay) == []


def test_a_schedule_is_reminded_by_whoever_is_on_call_then(make_relay):
    rotation = 'rotation: {{ every: 1d, start: "2026-01-12T00:00", members: [anna, boris] }}'
    relay = make_relay(
        (OPS, REMINDS.replace("[boris]", "sms:schedule/primary")),
        ("sources:", f"schedules: {{{{ primary: {{{{ {rotation} }}}} }}}}\nsources:"),
    )
    relay.world.run_for(hours=25)
    asks(relay)

    relay.world.run_for(minutes=62)

    assert len(sms_to_boris(relay)) == 1
    assert not [text for text in relay.world.texts_to("anna") if "has waited" in text]


def test_what_a_plugin_answered_waits_for_nobody(make_relay):
    relay = make_relay((OPS, REMINDS), plugins={"ack_by_text": {}})
    relay.world.fire("DiskFull")
    relay.world.run_for(minutes=1)
    relay.world.sms_from("boris", "ok")
    relay.poll()

    relay.world.run_for(hours=2)

    assert reminders(relay) == []


def test_in_a_room_without_threads_a_reply_is_asked_for(reminded):
    reminded.chat.rooms["-100"].has_threads = False
    asks(reminded)

    reminded.world.run_for(minutes=31)

    assert reminders(reminded)[0].endswith("reply to their message, or /close it there.")


MOSCOW = ZoneInfo("Europe/Moscow")
NIGHT, MORNING = datetime(2026, 1, 12, 22, tzinfo=MOSCOW), datetime(2026, 1, 13, 9, tzinfo=MOSCOW)
DESK = RelayLine(
    "ops",
    Line("79021121075", "1234"),
    hours=(TimeInterval(times=((540, 1080),), zone="Europe/Moscow"),),
    remind_after=timedelta(minutes=30),
)


def test_nobody_is_reminded_at_night_but_when_the_hours_begin():
    waiting = changed(TALK, waits_since_ms=to_ms(NIGHT))

    assert next_step(waiting, DESK, NIGHT) == Step(0, MORNING)
    assert next_step(waiting, DESK, MORNING) == Step(1, None)


# --- hours ------------------------------------------------------------------------------------------


def at_night(relay) -> None:
    """It is eleven in the evening in Moscow."""
    relay.world.run_for(hours=11)


def test_outside_of_hours_a_phone_is_told_so_once_a_day(office):
    at_night(office)
    asks(office)
    asks(office, "Hello?")
    asks(office, "Hello", who="+79131437356")

    office.world.run_for(minutes=5)
    assert office.world.texts_to(PARCEL) == [AWAY_TEXT]
    assert office.world.texts_to("+79131437356") == [AWAY_TEXT]
    office.world.run_for(hours=2)
    asks(office, "It is after midnight")
    office.world.run_for(minutes=5)
    assert office.world.texts_to(PARCEL) == [AWAY_TEXT, AWAY_TEXT]


def test_the_room_sees_it_and_the_phone_still_waits(office):
    at_night(office)

    asks(office)

    assert office.chat.texts(TITLE) == ["Where is it?", f"Away text: {AWAY_TEXT}"]
    assert state(office) == "new"


def test_within_hours_nobody_is_told(office):
    asks(office)

    office.world.run_for(minutes=5)

    assert office.world.messages() == []


@pytest.mark.parametrize("sender", ["INFORM", "900", "74951234567"])
def test_what_is_no_persons_phone_is_never_answered_by_itself(office, sender):
    at_night(office)
    arrives_from(office, sender, "Your code is 5")
    office.poll()
    office.world.run_for(minutes=5)

    assert office.world.messages() == []


def test_who_wants_no_texts_gets_no_away_text(office):
    asks(office, "STOP")
    at_night(office)
    office.world.run_for(minutes=5)
    before = office.world.texts_to(PARCEL)

    asks(office, "and this?")
    office.world.run_for(minutes=5)

    assert office.world.texts_to(PARCEL) == before
    assert office.chat.texts(TITLE)[-1] == "and this?"


def test_a_crash_in_between_sends_no_second_away_text(office):
    at_night(office)
    asks(office)
    office.world.crash()
    asks(office, "Hello?")
    office.world.run_for(minutes=5)

    assert office.world.texts_to(PARCEL) == [AWAY_TEXT]


# --- an end -----------------------------------------------------------------------------------------


def closes(relay, *, who: int = 1001, **where) -> None:
    relay.chat.writes("", command="close", who=who, **where)
    relay.world.settle()


def test_close_ends_it_and_the_next_sms_opens_it(reminded):
    asks(reminded)
    thread = reminded.chat.thread(TITLE)

    closes(reminded, thread=thread)
    reminded.world.run_for(hours=2)

    assert state(reminded) == "closed"
    assert thread in reminded.chat.rooms["-100"].closed
    assert (reminders(reminded), sms_to_boris(reminded)) == ([], [])
    asks(reminded, "One more thing")
    assert state(reminded) == "new"
    assert reminded.chat.texts(TITLE) == ["Where is it?", "One more thing"]
    assert thread not in reminded.chat.rooms["-100"].closed
    opened = [call for call in reminded.chat.calls if isinstance(call, ChangeThread) and call.is_open]
    assert reminded.chat.calls.index(opened[0]) == len(reminded.chat.calls) - 2


def test_where_there_are_no_threads_close_is_a_reply_and_is_answered(reminded):
    reminded.chat.rooms["-100"].has_threads = False
    asks(reminded)

    closes(reminded, reply_to=reminded.chat.posted[0].id)

    assert state(reminded) == "closed"
    assert reminded.chat.texts()[-1] == "Closed. Their next SMS opens it."


@pytest.mark.parametrize(("who", "closed"), [(66, False), (1002, True)])
def test_a_stranger_closes_nothing(reminded, who, closed):
    asks(reminded)

    closes(reminded, who=who, thread=reminded.chat.thread(TITLE))

    assert (state(reminded) == "closed") is closed


def test_a_viewer_closes_nothing_and_hears_why(make_relay):
    relay = make_relay((OPS, REMINDS), ("role: admin, telegram: 1001", "role: viewer, telegram: 1001"))
    asks(relay)

    closes(relay, thread=relay.chat.thread(TITLE))

    assert state(relay) == "new"
    assert "your role is viewer" in relay.chat.texts(TITLE)[-1]


def test_close_in_no_topic_says_where(reminded):
    asks(reminded)

    closes(reminded)

    assert reminded.chat.texts()[-1] == (
        "Write /close in the topic of a conversation, or in reply to one of its messages."
    )


def test_twice_is_once(reminded):
    reminded.chat.rooms["-100"].has_threads = False
    asks(reminded)
    closes(reminded, reply_to=reminded.chat.posted[0].id)

    closes(reminded, reply_to=reminded.chat.posted[0].id)

    assert reminded.chat.texts()[-1] == "It is closed already; their next SMS opens it."


def test_a_topic_that_somebody_opened_is_closed_again(reminded):
    asks(reminded)
    thread = reminded.chat.thread(TITLE)
    closes(reminded, thread=thread)
    reminded.chat.rooms["-100"].closed.clear()

    closes(reminded, thread=thread)

    assert thread in reminded.chat.rooms["-100"].closed
    assert reminded.chat.texts(TITLE) == ["Where is it?"]


def test_an_answer_in_a_closed_conversation_makes_it_an_answered_one(reminded):
    asks(reminded)
    closes(reminded, thread=reminded.chat.thread(TITLE))

    reminded.writes("One more thing", to=TITLE)

    assert state(reminded) == "answered"
