"""Alerts go to whoever is on call when they are told; those who were told stay told."""

from __future__ import annotations

import pytest

from pilotbridge.errors import NotFound
from tests.oncall.schedules import TOLD, WEEKLY, configured

WORKING_HOURS = (
    "rotation: { every: 1d, start: '2026-01-05T09:00', members: [anna, boris], "
    "only: [ { times: [ { start_time: '09:00', end_time: '13:00' } ] } ] }"
)
"""From 13:00 on (an hour after the start) nobody is on call; the last was Boris."""


@pytest.fixture
def on_call(make_world):
    def make(schedule: str = WEEKLY, **more):
        return make_world(configuration=configured(schedule, **more), plugins={"ack_by_text": {}})

    return make


def first_told(world, name: str) -> list[str]:
    """Which alerts somebody heard of at first, in order."""
    return [text.split()[1] for text in world.texts_to(name) if text.startswith("CRIT")]


def counts(world) -> tuple[int, int]:
    return len(world.texts_to("anna")), len(world.texts_to("boris"))


def test_whoever_is_on_call_is_told(on_call):
    world = on_call()
    world.fire("DiskFull")
    world.run_for(minutes=1)
    before = counts(world)

    world.run_for(hours=1)
    world.fire("ApiDown")
    world.run_for(minutes=1)

    assert before == (1, 0)
    assert (first_told(world, "anna"), first_told(world, "boris")) == (["DiskFull"], ["ApiDown"])


def test_the_hand_over_is_exact(on_call):
    world = on_call()
    world.run_for(minutes=59, seconds=58)
    world.fire("DiskFull")
    world.run_for(seconds=2)

    world.fire("ApiDown")
    world.run_for(minutes=1)

    assert (first_told(world, "anna"), first_told(world, "boris")) == (["DiskFull"], ["ApiDown"])


def test_news_after_a_hand_over_go_to_both_while_nobody_took_it(on_call):
    world = on_call()
    world.fire("DiskFull", host="a")
    world.run_for(minutes=70)

    second = world.fire("DiskFull", host="b")
    world.run_for(minutes=10)

    assert counts(world) == (3, 2)
    assert all(world.texts_to(name)[-1].startswith("+1 DiskFull") for name in ("anna", "boris"))
    assert second


def test_it_is_repeated_to_both(on_call):
    world = on_call()
    world.fire()

    world.run_for(hours=5, minutes=5)

    assert [world.texts_to(name)[-1].split()[0] for name in ("anna", "boris")] == ["STILL", "STILL"]


def test_what_nobody_has_taken_is_told_to_whoever_comes(on_call):
    world = on_call()
    world.fire()
    world.run_for(minutes=59)
    before = world.texts_to("boris")

    world.run_for(minutes=2)
    world.sms_from("boris", world.incidents()[0].ref)
    world.run_for(minutes=1)

    assert before == []
    assert world.texts_to("boris")[0].startswith("STILL CRIT DiskFull")
    assert world.incidents()[0].acknowledged_by == "boris"


def test_it_is_told_once_also_over_a_restart(on_call):
    world = on_call()
    world.fire()
    world.run_for(minutes=59)

    for _ in range(4):
        world.crash()
        world.run_for(minutes=1)

    assert counts(world) == (2, 1)


def test_what_is_told_by_no_schedule_is_not_told_again(on_call):
    world = on_call()
    world.fire("DiskFull", team="db")

    world.run_for(minutes=70)

    assert counts(world) == (0, 1)


def test_its_end_goes_to_those_who_were_told_and_to_nobody_else(on_call):
    world = on_call()
    alert = world.fire()
    world.run_for(minutes=30)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=40)

    world.resolve(alert)
    world.run_for(minutes=10)

    assert world.texts_to("anna")[-1].startswith("CLEAR DiskFull")
    assert world.texts_to("boris") == []


def test_one_that_is_taken_stays_with_who_took_it(on_call):
    world = on_call()
    world.fire("DiskFull", host="a")
    world.run_for(minutes=10)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=60)

    for host in "bcd":
        world.fire("DiskFull", host=host)
    world.run_for(minutes=10)

    assert world.texts_to("boris") == []
    assert "DiskFull" in world.texts_to("anna")[-1]


def test_a_step_tells_whoever_is_on_call_next(on_call):
    steps = f"{TOLD}, {{ after: 5m, when: unacknowledged, notify: ['sms:schedule/primary#next'] }}"
    world = on_call(steps=steps)

    world.fire()
    world.run_for(minutes=6)

    assert world.texts_to("boris")[0].startswith("ESC 2/2")
    assert "Anna silent 5m" in world.texts_to("boris")[0]


def test_a_step_after_a_hand_over_tells_whoever_is_on_call_then(on_call):
    steps = f"{TOLD}, {{ after: 70m, when: unacknowledged, notify: ['sms:schedule/primary'] }}"
    world = on_call(steps=steps)

    world.fire()
    world.run_for(minutes=72)

    assert world.texts_to("boris")[-1].startswith("ESC 2/2")
    assert not any(text.startswith("ESC") for text in world.texts_to("anna"))


def test_no_by_text_names_whom_it_passes_on_to(on_call):
    steps = f"{TOLD}, {{ after: 1h, when: unacknowledged, notify: ['sms:schedule/primary#next'] }}"
    world = on_call(steps=steps)
    world.fire()
    world.run_for(minutes=1)

    world.sms_from("anna", f"no {world.incidents()[0].ref}")
    world.run_for(minutes=1)

    assert world.texts_to("anna")[-1].startswith(f"Passed on #{world.incidents()[0].ref} DiskFull to boris")
    assert world.texts_to("boris")[0].startswith("ESC 2/2")


def test_what_people_send_goes_to_whoever_is_on_call(on_call):
    world = on_call()

    for address in ("schedule/primary", "sms:schedule/primary#next"):
        world.send_sms(address, "back at nine")
    world.run_for(minutes=1)

    assert [world.texts_to(name) for name in ("anna", "boris")] == [["back at nine"]] * 2


def test_what_is_sent_later_goes_to_whoever_is_on_call_then(on_call):
    from pilotbridge.clock import from_ms
    from pilotbridge.desk.desk import Wanted

    world = on_call()
    later = from_ms(world.clock.now_ms() + 2 * 3_600_000)

    world.app.desk.send(Wanted("schedule/primary", "now it is you", send_at=later), by="a test")
    world.run_for(hours=3)

    assert world.texts_to("boris") == ["now it is you"]


def test_a_schedule_that_is_not_there_is_named(on_call):
    world = on_call()

    with pytest.raises(NotFound, match="no such schedule; the configuration has: primary"):
        world.send_sms("schedule/primry", "hello")


# --- nobody is on call ------------------------------------------------------------------------------


def test_in_a_gap_whoever_was_last_is_told_and_a_trouble_says_so(on_call):
    world = on_call(WORKING_HOURS)
    world.run_for(minutes=61)

    world.fire()
    world.run_for(minutes=1)

    assert [text.split()[1] for text in world.texts_to("boris")] == ["DiskFull", "OncallGap"]
    assert [incident.name for incident in world.incidents()] == ["DiskFull", "OncallGap"]


def test_the_trouble_about_a_gap_is_over_when_somebody_is_on_call(on_call):
    world = on_call(WORKING_HOURS)
    world.run_for(minutes=61)
    world.resolve(world.fire())

    world.run_for(hours=20)

    ends = [text for text in world.texts_to("boris") if text.startswith("CLEAR OncallGap primary")]
    assert len(ends) == 1


def test_without_a_gap_there_is_no_trouble(on_call):
    world = on_call(WORKING_HOURS)

    world.fire()
    world.run_for(minutes=30)

    assert [incident.name for incident in world.incidents()] == ["DiskFull"]


def test_nobody_is_the_next_of_somebody_alone(on_call):
    alone = "rotation: { every: 7d, start: '2026-01-05T13:00', members: [anna] }"
    world = on_call(alone)

    world.send_sms("schedule/primary#next", "hello")
    world.run_for(minutes=1)

    assert world.texts_to("anna") == ["hello"]


# --- decisions count at once ------------------------------------------------------------------------


def test_it_is_the_same_after_a_restart(on_call):
    world = on_call()
    world.fire("DiskFull", host="a")
    world.run_for(minutes=59)

    world.crash()
    world.run_for(minutes=11)
    world.fire("DiskFull", host="b")
    world.run_for(minutes=10)

    assert counts(world) == (3, 2)


# --- people look ------------------------------------------------------------------------------------


def test_a_rehearsal_names_who_would_be_told_at_that_time(on_call):
    from pilotbridge.desk.rehearsal import Rehearsal

    world, hour_ms = on_call(), 3_600_000
    app = world.app.in_force
    with world.engine.read() as read:
        rehearsal = Rehearsal(app.settings, app.plugins.sources, app.hooks, read)
        told = [
            letter.person.contact.name
            for hours in (0, 2)
            for heard in rehearsal.of(
                {"alertname": "X"}, "alertmanager", world.clock.now_ms() + hours * hour_ms
            ).heard
            for letter in heard.letters
        ]

    assert told == ["anna", "boris"]


def test_a_member_of_a_schedule_is_told_by_who_tells_the_schedule(on_call):
    from pilotbridge.desk.contacts import contact_checks

    world = on_call()
    with world.engine.read() as read:
        found = {
            name: [
                each["says"]
                for each in contact_checks(read, name, world.app.in_force.settings)
                if each["what"] == "alerts"
            ]
            for name in ("anna", "vera")
        }

    assert found == {"anna": ["told by page-ops"], "vera": ["no receiver names them"]}
