"""Trading shifts: asked by SMS, answered by SMS, and nothing changes before a yes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.clock import from_ms
from pilotbridge.errors import NotAllowed, NotFound, Refused
from pilotbridge.oncall.swaps import Trade
from tests.oncall.schedules import WEEKLY, configured

BACKUP = "} , backup: { rotation: { every: 7d, start: '2026-01-05T13:00', members: [boris, anna] }"


@pytest.fixture
def trading(make_world):
    """A world in which Anna is on call until 13:00 (in an hour), then Boris for a week, then Anna."""

    def make(schedule: str = WEEKLY, **more):
        return make_world(configuration=configured(schedule, **more), plugins={"ack_by_text": {}})

    return make


def after(world, **time):
    return from_ms(world.clock.now_ms()) + timedelta(**time)


def ask(world, asker="anna", other="boris", **more):
    wanted = Trade(asker, other, more.pop("starts", after(world)), **more)
    fact = world.app.desk.oncall.swap(wanted, by="anna")
    world.run_for(minutes=1)
    return fact


def called(world, **time):
    with world.app.ground.store.read() as read:
        return world.app.desk.oncall.roster(read, after(world, **time)).called("primary").contact


def states(world):
    with world.app.ground.store.read() as read:
        return [swap.state for swap in read.swaps_listed(10)]


def test_the_other_is_asked_by_sms_with_a_code_and_how_to_answer(trading):
    world = trading()

    fact = ask(world)

    assert world.texts_to("boris") == [
        "anna asks to trade shifts of primary: you 12.01 12:00-12.01 13:00, anna 12.01 13:00-19.01 13:00. "
        f"SMS 1234 YES {fact['code']} or NO {fact['code']} to +79021121075 by 12.01 12:30"
    ]
    assert world.message(fact["message"]).origin == "oncall"


def test_nothing_changes_before_the_answer(trading):
    world = trading()

    ask(world)

    assert (called(world), called(world, hours=2)) == ("anna", "boris")


def test_yes_trades_their_shifts_and_the_asker_hears_so(trading):
    world = trading()
    fact = ask(world)

    world.sms_from("boris", f"да {fact['code']}")
    world.run_for(minutes=1)

    assert [called(world), called(world, hours=2), called(world, days=8)] == ["boris", "anna", "anna"]
    assert world.texts_to("anna") == [f"boris agreed to {fact['code']}: your shifts of primary are traded"]
    assert world.texts_to("boris")[-1] == f"{fact['code']}: agreed, your shifts are traded"
    assert states(world) == ["agreed"]


def test_no_leaves_everything_and_the_asker_hears_so(trading):
    world = trading()
    fact = ask(world)

    world.sms_from("boris", f"no {fact['code']}")
    world.run_for(minutes=1)

    assert (called(world), called(world, hours=2)) == ("anna", "boris")
    assert world.texts_to("anna") == [f"boris declined {fact['code']}: nothing has changed"]


def test_no_answer_in_time_leaves_everything_visibly(trading):
    world = trading()
    fact = ask(world, starts=after(world, days=8))

    world.run_for(hours=11, minutes=57)
    before = states(world)
    world.run_for(minutes=3)

    assert (before, states(world)) == (["asked"], ["lapsed"])
    assert world.texts_to("anna")[-1] == f"boris has not answered {fact['code']} in time: nothing has changed"


def test_an_answer_after_that_comes_too_late(trading):
    world = trading()
    fact = ask(world)
    world.run_for(hours=1)

    world.sms_from("boris", f"yes {fact['code']}")
    world.run_for(minutes=1)

    assert world.texts_to("boris")[-1] == f"{fact['code']} is lapsed already"
    assert called(world, days=2) == "boris"


def test_a_restart_neither_asks_twice_nor_forgets(trading):
    world = trading()
    fact = ask(world)

    world.crash()
    world.run_for(minutes=5)
    world.sms_from("boris", f"yes {fact['code']}")
    world.crash()
    world.run_for(minutes=1)
    world.crash()
    world.run_for(minutes=5)

    assert len([text for text in world.texts_to("boris") if "asks to trade" in text]) == 1
    assert len([text for text in world.texts_to("anna") if "agreed to" in text]) == 1
    assert called(world) == "boris"


def put(world, who, starts, **until):
    world.app.desk.oncall.override("primary", who, starts, after(world, **until), by="olga")


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_yes_to_what_is_no_more_trades_nothing_and_both_hear_so(trading, is_seen):
    world = trading()
    fact = ask(world)
    put(world, "vera", after(world, hours=2), hours=5)
    if is_seen:
        world.run_for(minutes=1)

    world.sms_from("boris", f"yes {fact['code']}")
    world.run_for(minutes=1)

    off = f"{fact['code']} is off: primary has changed since it was asked. Nothing is traded, ask again"
    assert [called(world, hours=hours) for hours in (0, 1.5, 3, 6)] == ["anna", "boris", "vera", "boris"]
    assert [off in world.texts_to(who) for who in ("anna", "boris")] == [True, True]
    assert states(world) == ["lapsed"]
    assert not any("agreed" in text for text in [*world.texts_to("anna"), *world.texts_to("boris")])


def test_who_answers_at_the_desk_hears_that_it_is_no_more(trading):
    world = trading()
    fact = ask(world)
    put(world, "vera", after(world, hours=2), hours=5)

    answered = world.app.desk.oncall.answer(fact["code"], by="boris", agrees=True)

    assert answered["state"] == "lapsed"
    assert called(world) == "anna"


def test_a_change_at_another_time_and_time_that_passes_leave_the_question_standing(trading):
    world = trading()
    fact = ask(world)
    put(world, "vera", after(world, days=20), days=21)
    world.run_for(minutes=20)

    world.sms_from("boris", f"yes {fact['code']}")
    world.run_for(minutes=1)

    assert states(world) == ["agreed"]
    assert [called(world), called(world, hours=2)] == ["boris", "anna"]


def test_it_is_answered_once(trading):
    world = trading()
    fact = ask(world)

    for answer in ("yes", "no", "yes"):
        world.sms_from("boris", f"{answer} {fact['code']}")
        world.run_for(minutes=1)

    assert states(world) == ["agreed"]
    late = [text for text in world.texts_to("boris") if "already" in text]
    assert late == [f"{fact['code']} is agreed already{mark}" for mark in ("", " (2)")]


def test_somebody_else_cannot_answer_it(trading):
    world = trading()
    fact = ask(world)

    world.sms_from("anna", f"yes {fact['code']}")
    world.run_for(minutes=1)

    assert world.texts_to("anna")[-1] == f"Nobody asked you anything as {fact['code']}. Nothing has changed"
    with pytest.raises(NotAllowed, match="was asked of boris, not of anna"):
        world.app.desk.oncall.answer(fact["code"], by="anna", agrees=True)


def test_words_that_are_neither_yes_nor_no_change_nothing(trading):
    world = trading()
    fact = ask(world)

    world.sms_from("boris", f"yes {fact['code']} but only on Monday")
    world.run_for(minutes=1)

    assert states(world) == ["asked"]
    assert (
        world.texts_to("boris")[-1] == f"Nothing has changed. Answer YES {fact['code']} or NO {fact['code']}"
    )


def test_a_bare_yes_takes_the_incident_and_no_shift(trading):
    world = trading()
    fact = ask(world, asker="boris", other="anna", starts=after(world, hours=2))
    world.fire()
    world.run_for(minutes=1)

    world.sms_from("anna", "да")
    world.run_for(minutes=1)

    assert world.incidents()[0].acknowledged_by == "anna"
    assert states(world) == ["asked"]
    assert fact["state"] == "asked"


def test_a_time_that_is_written_is_traded_both_ways(trading):
    world = trading()
    fact = ask(world, starts=after(world, minutes=30), ends=after(world, hours=3))

    world.sms_from("boris", f"yes {fact['code']}")
    world.run_for(minutes=1)

    assert [called(world, minutes=minutes) for minutes in (20, 40, 90, 200)] == [
        "anna",
        "boris",
        "anna",
        "boris",
    ]


BETWEEN = "rotation: { every: 1d, start: '2026-01-05T13:00', members: [anna, boris, anna, vera] }"
"""Anna until 13:00, then Vera, Anna again, and Boris from the 14th."""


def test_what_the_asker_has_before_the_others_next_shift_stays_theirs(trading):
    world = trading(BETWEEN)

    fact = ask(world)
    world.sms_from("boris", f"yes {fact['code']}")
    world.run_for(minutes=1)

    assert "you 12.01 12:00-12.01 13:00, anna 14.01 13:00-15.01 13:00. " in world.texts_to("boris")[0]
    assert [called(world, hours=hours) for hours in (0, 2, 26, 50)] == ["boris", "vera", "anna", "anna"]


@pytest.mark.parametrize(("other", "says"), [("boris", ", and 4 more. "), ("vera", ", i eshche 4. ")])
def test_a_question_about_many_shifts_says_how_many_it_does_not_name(trading, other, says):
    world = trading(f"rotation: {{ every: 1d, start: '2026-01-05T13:00', members: [anna, {other}] }}")

    ask(world, other=other, ends=after(world, days=6))

    assert says in world.texts_to(other)[0]


def test_a_russian_is_asked_in_russian(trading):
    world = trading("rotation: { every: 7d, start: '2026-01-05T13:00', members: [anna, vera] }")

    fact = ask(world, other="vera")

    (text,) = world.texts_to("vera")
    assert text.startswith("anna prosit pomenyatsya, primary: vy 12.01 12:00-12.01 13:00, anna 12.01 13:00")
    assert text.endswith(f"SMS 1234 DA {fact['code']} ili NET {fact['code']} na +79021121075 do 12.01 12:30")


@pytest.mark.parametrize(
    ("wanted", "error", "why"),
    [
        ({"other": "anna"}, Refused, "anna cannot trade with themselves"),
        ({"other": "nobody"}, NotFound, "there is no contact 'nobody'"),
        ({"asker": "vera"}, Refused, "vera is on call by no schedule; say which with --schedule"),
        ({"schedule": "none"}, NotFound, "there is no schedule 'none'"),
        ({"other": "vera", "asker": "vera"}, Refused, "vera cannot trade"),
    ],
)
def test_what_cannot_be_asked_has_a_sentence(trading, wanted, error, why):
    world = trading()

    with pytest.raises(error, match=why):
        ask(world, **wanted)

    assert world.texts_to("boris") == []


def test_with_two_schedules_it_has_to_be_said_which(trading):
    world = trading(WEEKLY + BACKUP)

    with pytest.raises(Refused, match="anna is on call by several: primary, backup; say which"):
        ask(world)

    assert ask(world, schedule="backup")["schedule"] == "backup"


def test_two_questions_have_two_codes(trading):
    world = trading()

    codes = {ask(world)["code"], ask(world, other="vera")["code"]}

    assert len(codes) == 2
