"""A shift changes hands once, to somebody whose phone is proved; both hear so, also over restarts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.clock import from_ms
from pilotbridge.oncall.handing_over import HandOvers
from pilotbridge.outbox.postage import postage_of
from tests.oncall.schedules import WEEKLY, configured

BORIS = "79087964782"
TOLD = f"{WEEKLY}, handover: {{ sms: true }}"
TESTED = f"{WEEKLY}, handover: {{ sms: true, test: 30m }}"
SHORT = "rotation: { every: 2h, start: '2026-01-12T11:00', members: [anna, boris] }"
TEST = "Test of your phone: your shift for primary begins 12.01 13:00. No answer needed"
BEGINS = "You are on call for primary until 19.01 13:00"
ENDED = "Your shift for primary has ended, boris is on call"
STAYS = "You stay on call for primary: the phone of boris is not proved. You hear when it is"
NOT_PROVED = "anna stays on call for primary until our test SMS reaches your phone"


@pytest.fixture
def handing(make_world):
    """Anna is on call until 13:00 (in an hour), then Boris for a week."""

    def make(schedule: str = TESTED):
        return make_world(configuration=configured(schedule), plugins={"ack_by_text": {}})

    return make


def off(world, **fields) -> None:
    """Boris's phone is off."""
    world.order("scripts", phone=BORIS, **({"outcome": "at_operator"} | fields))


def on_again(world) -> None:
    world.order("scripts/clear", phone=BORIS)


def said(world, name: str) -> list[str]:
    """What was sent to somebody about shifts, whether or not it arrived."""
    return [
        message.text for message in world.messages() if message.contact == name and message.origin == "oncall"
    ]


def troubles(world) -> dict[str, bool]:
    """What the bridge says of itself, and whether it is over."""
    return {incident.name: incident.closed_at is not None for incident in world.incidents()}


def called(world, which: str = "") -> str:
    with world.app.ground.store.read() as read:
        roster = world.app.desk.oncall.roster(read)
        return roster.next_to("primary") if which else roster.called("primary").contact


def restarting(world, **time: float) -> None:
    """Let time pass, with a kill -9 every few minutes."""
    minutes = int(timedelta(**time).total_seconds() // 60)
    for _ in range(0, minutes, 7):
        world.run_for(minutes=min(7, minutes))
        world.crash()


# --- told -------------------------------------------------------------------------------------------


def test_both_are_told_when_the_shift_changes_hands(handing):
    world = handing(TOLD)
    world.run_for(minutes=59)
    before = world.messages()

    world.run_for(minutes=2)

    assert before == []
    assert (world.texts_to("boris"), world.texts_to("anna")) == ([BEGINS], [ENDED])


def test_unless_it_is_wanted_nobody_is_told(handing):
    world = handing(WEEKLY)

    world.run_for(hours=2)

    assert world.messages() == []


def test_the_first_start_tells_nobody(handing):
    world = handing(TOLD)

    world.run_for(minutes=30)

    assert world.messages() == []


def test_every_hand_over_is_told_once(handing):
    world = handing(f"{SHORT}, handover: {{ sms: true }}")

    world.run_for(hours=5, minutes=30)

    assert said(world, "boris") == [
        "You are on call for primary until 12.01 15:00",
        "Your shift for primary has ended, anna is on call",
        "You are on call for primary until 12.01 19:00",
    ]


def test_a_restart_in_every_phase_repeats_and_misses_nothing(handing):
    world = handing()

    restarting(world, minutes=77)

    assert (said(world, "boris"), said(world, "anna")) == ([TEST, BEGINS], [ENDED])


def test_a_hand_over_during_a_stop_is_told_afterwards(handing):
    world = handing(TOLD)
    world.run_for(minutes=59)

    world.clock.forward(20 * 60_000)
    world.crash()
    world.run_for(minutes=1)

    assert (said(world, "boris"), said(world, "anna")) == ([BEGINS], [ENDED])


def test_who_takes_over_is_told_and_so_is_whoever_is_relieved(handing):
    world = handing(TOLD)
    world.run_for(minutes=1)

    world.app.desk.oncall.take("primary", "vera", timedelta(minutes=30))
    world.run_for(minutes=1)

    assert world.texts_to("vera") == ["Vy dezhurite: primary do 12.01 12:31"]
    assert world.texts_to("anna") == ["Your shift for primary has ended, vera is on call"]


# --- proved -----------------------------------------------------------------------------------------


def test_the_next_phone_is_proved_before_the_shift(handing):
    world = handing()
    world.run_for(minutes=29)
    before = said(world, "boris")

    world.run_for(minutes=2)
    proved = said(world, "boris")
    world.run_for(minutes=30)

    assert (before, proved) == ([], [TEST])
    assert (world.texts_to("boris"), world.texts_to("anna")) == ([TEST, BEGINS], [ENDED])
    assert (called(world), troubles(world)) == ("boris", {})


def test_while_it_is_not_proved_whoever_was_on_call_stays_and_both_are_told(handing):
    world = handing()
    off(world)

    world.run_for(minutes=62)
    world.fire()
    world.run_for(minutes=1)

    assert called(world) == "anna"
    assert said(world, "boris") == [TEST, NOT_PROVED]
    assert world.texts_to("anna")[0] == STAYS
    assert any(text.startswith("CRIT DiskFull") for text in world.texts_to("anna"))
    assert troubles(world)["HandoverUnproved"] is False


def test_the_second_in_line_is_whoever_should_have_come(handing):
    world = handing()
    off(world)

    world.run_for(minutes=62)

    assert (called(world), called(world, "next")) == ("anna", "boris")


def test_when_the_proof_arrives_the_shift_begins_and_the_trouble_ends(handing):
    world = handing()
    off(world, final_after_s=3600 * 2, outcome="delivered")
    world.run_for(minutes=62)
    before = called(world)

    world.run_for(minutes=100)

    assert (before, called(world)) == ("anna", "boris")
    assert said(world, "boris")[-1] == BEGINS
    assert said(world, "anna")[-1] == ENDED
    assert troubles(world) == {"HandoverUnproved": True}


def test_a_proof_that_came_late_is_asked_for_before_the_shift(handing):
    """By then the gateway is asked about a message of half an hour ago but rarely."""
    world = handing()
    off(world, outcome="delivered", final_after_s=28 * 60)

    world.run_for(minutes=62)

    assert (called(world), said(world, "anna")) == ("boris", [ENDED])


def test_whoever_heard_that_somebody_stayed_hears_that_it_is_over(handing):
    """Also where hand-overs are not told otherwise."""
    world = handing(f"{WEEKLY}, handover: {{ test: 30m }}")
    off(world, final_after_s=3600 * 2, outcome="delivered")

    world.run_for(hours=3)

    assert said(world, "anna") == [STAYS, ENDED]
    assert said(world, "boris") == [TEST, NOT_PROVED, BEGINS]


def test_a_phone_that_stays_off_is_tested_ever_more_rarely(handing):
    world = handing()
    off(world, outcome="undelivered")

    world.run_for(hours=13)

    assert sum(text.startswith(TEST) for text in said(world, "boris")) == 6


def test_a_phone_that_was_off_is_tested_again(handing):
    world = handing()
    off(world, outcome="undelivered")
    world.run_for(minutes=62)
    on_again(world)

    world.run_for(minutes=35)

    assert said(world, "boris").count(TEST) == 3
    assert called(world) == "boris"


def test_who_takes_over_has_a_phone_at_hand_and_is_not_tested(handing):
    world = handing()
    world.order("scripts", phone="79087964783", outcome="at_operator")
    world.run_for(minutes=1)

    world.app.desk.oncall.take("primary", "vera", timedelta(hours=1))
    world.run_for(seconds=2)

    assert called(world) == "vera"
    assert said(world, "vera") == ["Vy dezhurite: primary do 12.01 13:01"]


def test_any_sms_that_arrives_since_the_test_proves_the_phone(handing):
    world = handing()
    off(world, count=1)
    world.run_for(minutes=35)

    world.send_sms("boris", "are you awake?")
    world.run_for(minutes=30)

    assert called(world) == "boris"


def test_a_clock_that_is_set_back_while_the_test_is_on_its_way_hides_no_proof(handing):
    world = handing()
    world.run_for(minutes=30, seconds=5)

    world.clock.set_wall(world.clock.utc_now() - timedelta(minutes=20))
    world.run_for(minutes=53)

    assert called(world) == "boris"
    assert said(world, "anna") == [ENDED]


@pytest.mark.parametrize("outcome", ["at_operator", "undelivered"])
def test_one_who_is_never_proved_leaves_it_to_the_one_after(handing, outcome):
    short = SHORT.replace("members: [anna, boris]", "members: [anna, boris, vera]")
    world = handing(f"{short}, handover: {{ sms: true, test: 30m }}")
    off(world, outcome=outcome)
    world.run_for(hours=2, minutes=55)
    before = called(world)

    world.run_for(minutes=15)

    assert (before, called(world)) == ("anna", "vera")
    assert "Your shift for primary has ended, vera is on call" in said(world, "anna")
    assert troubles(world)["HandoverUnproved"] is True


def test_restarts_while_it_is_not_proved_tell_nothing_twice(handing):
    world = handing()
    off(world)

    restarting(world, minutes=98)

    assert said(world, "anna") == [STAYS]
    assert said(world, "boris").count(NOT_PROVED) == 1
    assert called(world) == "anna"


def test_somebody_who_takes_over_ends_the_wait(handing):
    world = handing()
    off(world)
    world.run_for(minutes=62)

    world.app.desk.oncall.take("primary", "vera", timedelta(hours=1))
    world.run_for(minutes=10)

    assert called(world) == "vera"
    assert "vera is on call" in said(world, "anna")[-1]
    assert troubles(world)["HandoverUnproved"] is True


def test_a_swap_before_the_shift_calls_the_test_off(handing):
    world = handing()
    world.run_for(minutes=35)

    world.app.desk.oncall.override(
        "primary", "vera", from_ms(world.clock.now_ms()) + timedelta(minutes=20),
        from_ms(world.clock.now_ms()) + timedelta(days=3), by="anna")  # fmt: skip
    world.run_for(minutes=40)

    assert called(world) == "vera"
    assert said(world, "boris") == [TEST]
    assert "Proverka telefona" in said(world, "vera")[0]


def test_a_shift_that_begins_earlier_than_tested_for_is_not_given_to_an_unproved_phone(handing):
    """Boris's phone is off, and his shift is moved a quarter of an hour forward."""
    world = handing()
    off(world)
    world.run_for(minutes=35)
    begins = from_ms(world.clock.now_ms()) + timedelta(minutes=10)
    world.app.desk.oncall.override("primary", "boris", begins, begins + timedelta(hours=1), by="anna")

    world.run_for(minutes=15)

    assert called(world) == "anna"
    assert said(world, "boris") == [TEST, TEST.replace("13:00", "12:45"), NOT_PROVED]


def test_a_test_that_is_never_heard_of_again_is_made_once_more(handing):
    """The network never tells what became of it, and Boris's phone is on again later."""
    world = handing()
    off(world)
    world.run_for(minutes=62)
    world.order("messages/10000", status=1)
    on_again(world)

    world.clock.forward(49 * 3_600_000)
    world.run_for(minutes=5)

    assert called(world) == "boris"
    assert said(world, "boris") == [TEST, NOT_PROVED, f"{TEST} (2)", BEGINS]


def test_a_stop_over_the_test_and_the_hand_over_keeps_who_was_there_until_the_proof(handing):
    world = handing()
    world.run_for(minutes=10)

    world.clock.forward(60 * 60_000)
    world.crash()
    world.run_for(minutes=5)

    assert called(world) == "boris"
    assert said(world, "boris")[0] == TEST
    assert said(world, "boris")[-1] == BEGINS


def test_the_proof_of_one_phone_is_none_of_another(handing):
    """Boris is proved; before his shift the bridge stands still, and Vera, whose phone is off, gets it."""
    world = handing()
    world.order("scripts", phone="79087964783", outcome="at_operator")
    world.run_for(minutes=45)
    begins = from_ms(world.clock.now_ms()) + timedelta(minutes=15)
    world.app.desk.oncall.override("primary", "vera", begins, begins + timedelta(hours=8), by="anna")

    world.clock.forward(20 * 60_000)
    world.crash()
    world.run_for(minutes=5)

    assert (called(world), called(world, "next")) == ("anna", "vera")


def test_whoever_was_proved_is_not_asked_for_the_week_before(handing):
    """A message that arrived before the test proves nothing."""
    world = handing()
    world.send_sms("boris", "hello")
    world.run_for(minutes=5)
    off(world)

    world.run_for(minutes=60)

    assert called(world) == "anna"


def test_nobody_stays_for_an_unproved_phone_where_phones_are_not_tested_any_more(handing):
    world = handing()
    off(world)
    world.run_for(minutes=70)
    assert called(world) == "anna"
    world._file.write_text(world._file.read_text().replace(", test: 30m", ""))

    world.crash()
    world.run_for(minutes=2)

    assert called(world) == "boris"


class TakenOverMeanwhile:
    """A store in which Vera takes over between a look and what is written because of it."""

    def __init__(self, world):
        self._world = world
        self._store = world.app.ground.store
        self._is_taken = False
        self.read = self._store.read

    def write(self, job):
        if not self._is_taken:
            self._is_taken = True
            self._world.app.desk.oncall.take("primary", "vera", timedelta(hours=2))
        return self._store.write(job)


def test_who_is_not_on_call_after_all_is_not_told_so(handing):
    """Vera takes over while it is decided that Boris's shift begins."""
    world = handing(TOLD)
    world.run_for(minutes=59, seconds=50)
    world.clock.forward(15_000)
    shared = world.app.ground
    racing = HandOvers(
        TakenOverMeanwhile(world), lambda: world.app.in_force.settings,
        postage=lambda: postage_of(world.app.in_force.settings), clock=shared.runtime.clock,
        ask=lambda: None, wake=lambda: None, trouble=lambda _trouble: None, clear=lambda _name, _what: None,
    )  # fmt: skip

    racing.turn()
    world.run_for(minutes=1)

    assert called(world) == "vera"
    assert (said(world, "boris"), len(said(world, "anna")), len(said(world, "vera"))) == ([], 1, 1)


def test_whoever_left_the_configuration_is_kept_by_nobody(handing):
    """Anna leaves while she is kept for Boris, whose phone is off: then he is on call all the same."""
    world = handing()
    off(world)
    world.run_for(minutes=62)
    before = called(world)

    without_anna(world)
    world.run_for(minutes=30)

    assert (before, called(world)) == ("anna", "boris")
    assert len(said(world, "boris")) <= 4


def test_whoever_left_before_the_hand_over_stays_for_nobody(handing):
    """Anna leaves, and Vera takes her turns, while the phone of Boris, who comes next, is tested."""
    world = handing()
    off(world)
    world.run_for(minutes=40)

    without_anna(world, "vera", "boris")
    world.run_for(minutes=5)
    before = len(said(world, "vera"))
    world.run_for(minutes=30)

    assert (before, called(world)) == (1, "vera")
    assert not any("anna" in text for text in [*said(world, "boris"), *said(world, "vera")])


def without_anna(world, *members: str) -> None:
    """The configuration is reloaded without her; Boris or ``members`` take turns in her place."""
    settings = world.app.in_force.settings
    contacts = {name: contact for name, contact in settings.contacts.items() if name != "anna"}
    known = settings.schedules["primary"]
    layers = tuple(replace(layer, members=members or ("boris",)) for layer in known.rota.layers)
    schedules = {"primary": replace(known, rota=replace(known.rota, layers=layers))}
    world.app.reload(replace(settings, contacts=contacts, schedules=schedules))
    world.settle()


def test_nobody_is_told_that_nobody_takes_over(handing):
    """Boris is the last of the day; in the evening there is nobody who could relieve him."""
    daily = "rotation: { every: 1d, start: '2026-01-05T09:00', members: [anna, boris], only: [ { times: "
    world = handing(
        f"{daily}[ {{ start_time: '09:00', end_time: '13:00' }} ] }} ] }}, handover: {{ sms: true }}"
    )

    world.run_for(minutes=70)

    assert (called(world), world.messages()) == ("boris", [])


def test_a_reload_that_changes_who_is_on_call_is_told_like_any_hand_over(handing):
    world = handing(TOLD)
    world.run_for(minutes=1)

    without_anna(world)
    world.run_for(minutes=1)

    assert said(world, "boris") == ["You are on call for primary until further notice"]
