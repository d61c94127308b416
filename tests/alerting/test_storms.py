"""Storms: what five hundred incidents at once cost, and what a person still learns of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.testing.world import CONFIGURATION

HOURS_2 = timedelta(hours=2)
NAMES = ("anna", "boris", "vera")
VERA = 'vera: {{ phone: "+79087964783", language: ru, sms_text: ru }}'
ALL_OF_THEM = "notify: [sms:anna, sms:boris, sms:vera]"
EACH_A_GROUP = CONFIGURATION.replace("group_by: [alertname]", "group_by: ['...']")
THREE = EACH_A_GROUP.replace("contacts:\n", f"contacts:\n  {VERA}\n").replace(
    "notify: [sms:anna]", ALL_OF_THEM
)


@pytest.fixture
def world(make_world):
    return make_world(configuration=THREE, plugins={"ack_by_text": {}})


def alert(world, number: int, name: str = "DiskFull", severity: str = "critical"):
    started = world.now.isoformat().replace("+00:00", "Z")
    labels = {"alertname": name, "severity": severity, "instance": f"db{number}"}
    return {"status": "firing", "labels": labels, "annotations": {}, "startsAt": started}


def push(world, alerts, *, ended: bool = False) -> None:
    """Each as a group of its own, all in as many bodies."""
    for each in alerts:
        told = each | ({"status": "resolved", "endsAt": world.now.isoformat()} if ended else {})
        key = "{}:{instance=" + each["labels"]["instance"] + each["labels"]["alertname"] + "}"
        body = {"version": "4", "groupKey": key, "status": told["status"], "receiver": "b", "alerts": [told]}
        assert world.post(body, settle=False).status == 202
    world.settle()


def texts(world, who: str = "anna") -> list[str]:
    return world.texts_to(who)


def many(world, count: int, **more):
    return [alert(world, number, **more) for number in range(count)]


def test_five_hundred_at_once_are_one_sms_for_each_person(world):
    push(world, many(world, 500))

    world.run_for(minutes=1)

    assert [len(texts(world, who)) for who in NAMES] == [1, 1, 1]
    ref = texts(world)[0].split("#")[1].split()[0]
    assert texts(world)[0].startswith(f"STORM x500 CRIT: DiskFull x500 12:00 #{ref} Take: SMS 1234 {ref} ")
    assert texts(world, "vera")[0].startswith("ШТОРМ x500 КРИТ: DiskFull x500 12:00 #")
    assert len(world.incidents()) == 500


def test_in_an_hour_of_it_nobody_gets_more_than_six(world):
    for minute in range(60):
        push(world, [alert(world, 10 * minute + number) for number in range(10)])
        world.run_for(minutes=1)

    assert [len(texts(world, who)) for who in NAMES] == [6, 6, 6]
    assert len(world.incidents()) == 600


def test_up_to_five_are_told_one_by_one(world):
    push(world, many(world, 5))

    world.run_for(minutes=1)

    assert [text.split()[0] for text in texts(world)] == ["CRIT"] * 5


def test_the_sixth_within_a_minute_begins_a_storm(world):
    for number in range(8):
        push(world, [alert(world, number)])
        world.run_for(seconds=1)
    world.run_for(minutes=1)

    assert [text.split()[0] for text in texts(world)] == ["CRIT"] * 5 + ["STORM"]
    assert texts(world)[-1].startswith("STORM x3 CRIT: ")


def test_one_a_minute_is_no_storm(world):
    for number in range(20):
        push(world, [alert(world, number)])
        world.run_for(minutes=1, seconds=1)

    assert len(texts(world)) == 20


def test_what_joins_is_told_after_ten_minutes(world):
    push(world, many(world, 20))
    world.run_for(minutes=2)
    push(world, [alert(world, 100 + number) for number in range(30)])
    world.run_for(minutes=7)
    before = len(texts(world))

    world.run_for(minutes=2)

    assert before == 1
    assert texts(world)[1].startswith("STORM +30 (now 50) CRIT: DiskFull x30 12:02 #")
    assert texts(world)[1].split("#")[1].endswith(".2") or ".2 " in texts(world)[1]


def test_a_new_critical_name_is_told_within_a_minute(world):
    push(world, many(world, 20))
    world.run_for(minutes=3)
    push(world, [alert(world, 100, "PaymentDown"), alert(world, 101, "Slow", "warning")])

    world.run_for(seconds=30)

    assert texts(world)[1].startswith("STORM +2 (now 22) CRIT: PaymentDown, Slow 12:03 #")
    push(world, [alert(world, 102, "PaymentDown")])
    world.run_for(minutes=5)
    assert len(texts(world)) == 2


def test_its_end_is_told_once(world):
    storm = many(world, 50)
    push(world, storm)
    world.run_for(minutes=17)

    push(world, storm, ended=True)
    world.run_for(hours=2)

    assert [text.split(":")[0] for text in texts(world)] == ["STORM x50 CRIT", "STORM over"]
    assert texts(world)[1].startswith("STORM over: all 50 clear after 17m #")


def test_what_stays_is_named_at_the_end_and_speaks_for_itself_again(world):
    storm = many(world, 50)
    push(world, storm)
    world.run_for(minutes=5)
    push(world, storm[2:], ended=True)
    world.run_for(minutes=20)
    named = texts(world)[1]

    push(world, storm[:1], ended=True)
    world.run_for(minutes=20)

    refs = [incident.ref for incident in world.incidents()[:2]]
    assert named.startswith(f"STORM over: 48 of 50 clear, still DiskFull #{refs[0]}, DiskFull #{refs[1]} #")
    assert texts(world)[2].startswith("CLEAR DiskFull db0 after ")
    assert len(texts(world)) == 3


def test_few_that_are_left_are_no_end_while_more_may_come(world):
    storm = many(world, 50)
    push(world, storm)
    world.run_for(minutes=5)
    push(world, storm[2:], ended=True)
    world.run_for(minutes=3)

    push(world, [alert(world, 100)])
    world.run_for(minutes=5)

    assert [text.split()[:2] for text in texts(world)] == [["STORM", "x50"], ["STORM", "+1"]]


def test_a_storm_that_was_over_before_anybody_was_told_is_told_to_nobody(world):
    storm = many(world, 50)
    push(world, storm)
    push(world, storm, ended=True)

    world.run_for(hours=1)

    assert texts(world) == []
    assert all(incident.closed_at for incident in world.incidents())


def test_its_ref_takes_all_of_it(world):
    push(world, many(world, 50))
    world.run_for(minutes=1)
    ref = texts(world)[0].split("#")[1].split()[0]

    world.sms_from("anna", ref)
    world.run_for(minutes=1)

    assert {incident.acknowledged_by for incident in world.incidents()} == {"anna"}
    assert texts(world)[-1] == f"Taken #{ref} storm x50. Silent till it clears"
    world.sms_from("boris", ref)
    world.run_for(minutes=1)
    assert "already" in texts(world, "boris")[-1] or "not told to you" in texts(world, "boris")[-1]


def test_a_bare_ok_takes_the_storm_when_nothing_else_is_open(world):
    push(world, many(world, 50))
    world.run_for(minutes=1)

    world.sms_from("anna", "ok")
    world.run_for(minutes=1)

    assert {incident.acknowledged_by for incident in world.incidents()} == {"anna"}


@pytest.mark.parametrize("seconds", [0, 2, 30, 601])
def test_a_restart_in_a_storm_repeats_nothing_and_loses_nothing(world, seconds):
    storm = many(world, 50)
    push(world, storm)
    world.run_for(seconds=seconds)

    world.crash()
    world.run_for(minutes=5)
    push(world, [alert(world, 100 + number) for number in range(3)])
    world.run_for(minutes=20)

    assert [text.split()[0] for text in texts(world)] == ["STORM", "STORM"]
    assert texts(world)[1].startswith("STORM +3 (now 53) ")


def test_who_does_not_hear_of_it_is_escalated_by_one_sms(make_world):
    steps = "steps: [ {{ notify: [sms:anna] }}, {{ after: 5m, when: unacknowledged, notify: [sms:boris] }} ]"
    world = make_world(configuration=EACH_A_GROUP.replace("steps: [ {{ notify: [sms:anna] }} ]", steps))
    push(world, many(world, 50))
    world.run_for(minutes=4)
    before = texts(world, "boris")

    world.run_for(minutes=4)

    assert before == []
    assert [len(texts(world, who)) for who in ("anna", "boris")] == [1, 1]


def test_a_storm_that_does_not_arrive_goes_to_the_next_step(make_world):
    steps = "steps: [ {{ notify: [sms:anna] }}, {{ when: failed, notify: [sms:boris] }} ]"
    world = make_world(configuration=EACH_A_GROUP.replace("steps: [ {{ notify: [sms:anna] }} ]", steps))
    world.order("scripts", phone="79087964781", outcome="undelivered", final_after_s=5)
    push(world, many(world, 50))

    world.run_for(minutes=1)

    assert [text.split()[0] for text in texts(world, "boris")] == ["STORM"]


def test_a_storm_that_arrives_goes_no_further(make_world):
    steps = "steps: [ {{ notify: [sms:anna] }}, {{ when: failed, notify: [sms:boris] }} ]"
    world = make_world(configuration=EACH_A_GROUP.replace("steps: [ {{ notify: [sms:anna] }} ]", steps))
    push(world, many(world, 50))

    world.run_for(minutes=9)

    assert (len(texts(world)), texts(world, "boris")) == (1, [])


def test_what_comes_after_a_storm_speaks_for_itself(world):
    storm = many(world, 50)
    push(world, storm)
    world.run_for(minutes=5)
    push(world, storm, ended=True)
    world.run_for(minutes=5)

    push(world, [alert(world, 100)])
    world.run_for(minutes=1)

    assert texts(world)[-1].startswith("CRIT DiskFull db100 ")


def test_whoever_may_get_more_than_any_storm_gets_each(make_world):
    raised = THREE.replace("route:\n", "limits: {{ sms_per_contact_per_hour: 1000 }}\nroute:\n")
    world = make_world(configuration=raised)

    push(world, many(world, 30))
    world.run_for(minutes=1)

    assert len(texts(world)) == 30


def test_a_bundle_can_be_forbidden(make_world):
    world = make_world(configuration=THREE.replace("route:\n", "storm: {{ over: never }}\nroute:\n"))

    push(world, many(world, 30))
    world.run_for(minutes=1)

    assert len(texts(world)) == 30


# --- news of what is in it already ------------------------------------------------------------------

EVERY_HOUR = "group_wait: 0s\n  repeat_interval: 1h"
REPEATING = THREE.replace("group_wait: 0s", EVERY_HOUR)


def worse(world, alerts) -> None:
    push(world, [each | {"labels": {**each["labels"], "severity": "critical"}} for each in alerts])


def test_what_gets_critical_inside_a_storm_is_told_within_a_minute(world):
    storm = many(world, 20, severity="warning")
    push(world, storm)
    world.run_for(minutes=3)

    worse(world, storm[:1])
    world.run_for(minutes=1, seconds=5)

    assert texts(world)[0].startswith("STORM x20 WARN: ")
    assert texts(world)[1].startswith("STORM still x20 CRIT: DiskFull 12:00 #")
    assert len(texts(world)) == 2


def test_a_storm_that_nobody_takes_is_told_again(make_world):
    world = make_world(configuration=REPEATING)
    push(world, many(world, 50))

    world.run_for(minutes=61)
    once_more = texts(world)
    world.run_for(minutes=30)

    assert [text.split(":")[0] for text in once_more] == ["STORM x50 CRIT", "STORM still x50 CRIT"]
    assert texts(world) == once_more


def test_a_storm_that_is_taken_is_not_told_again(make_world):
    world = make_world(configuration=REPEATING, plugins={"ack_by_text": {}})
    push(world, many(world, 50))
    world.run_for(minutes=1)
    world.sms_from("anna", "ok")

    world.run_for(hours=3)

    assert [text.split()[0] for text in texts(world)] == ["STORM", "Taken"]


def test_whoever_took_a_part_of_it_hears_at_once_that_it_got_worse(world):
    storm = many(world, 20, severity="warning")
    push(world, storm)
    world.run_for(minutes=3)
    world.app.desk.acknowledge(world.incidents()[0].ref, by="anna")
    world.settle()

    worse(world, storm[:1])
    world.run_for(seconds=20)

    assert texts(world)[1].startswith("+1 CRIT DiskFull db0 (now 2) ")
    assert len(texts(world, "boris")) == 1


def test_very_many_repeats_at_once_are_one_sms(make_world):
    world = make_world(configuration=REPEATING)
    slowly = [alert(world, number) for number in range(20)]
    for each in slowly:
        push(world, [each])
        world.run_for(minutes=1, seconds=1)
    world.app.desk.silence(['alertname="DiskFull"'], starts=None, lasts=HOURS_2, by="anna", comment="")
    world.run_for(hours=1, minutes=59)
    before = len(texts(world))

    world.run_for(minutes=5)

    assert before == 20
    assert [text.split(":")[0] for text in texts(world)[20:]] == ["STORM x20 CRIT"]


def test_a_crash_between_news_and_its_word_forgets_nothing(world):
    storm = many(world, 20, severity="warning")
    push(world, storm)
    world.run_for(minutes=3)
    worse(world, storm[:1])

    world.crash()
    world.run_for(minutes=5)

    assert [text.split(":")[0] for text in texts(world)] == ["STORM x20 WARN", "STORM still x20 CRIT"]


LONG = "КопированиеБазыНеУдалось" * 10


@pytest.mark.parametrize("long", ["Backup" * 60, LONG])
def test_a_very_long_name_leaves_the_others_their_room(world, long):
    others = [alert(world, n, name=f"Api{n}Down") for n in range(1, 9)]

    push(world, [alert(world, 90, name=long), alert(world, 91, name=long), *others])
    world.run_for(minutes=1)

    for who in NAMES:
        [text] = texts(world, who)
        assert ".. x2, Api1Down" in text
        assert all(f"Api{n}Down" in text for n in range(1, 6))


def test_long_names_of_what_is_left_of_a_storm_are_cut_alike(world):
    left = [alert(world, n, name=f"{name}{'Backup' * 60}") for n, name in enumerate(("One", "Two", "Three"))]
    rest = [alert(world, n, name=f"Api{n}") for n in range(10, 16)]
    push(world, [*left, *rest])
    world.run_for(minutes=1)

    push(world, rest, ended=True)
    world.run_for(minutes=40)

    [over] = [text for text in texts(world) if text.startswith("STORM over: 6 of 9 clear, still ")]
    assert [name[:5] for name in over.partition("still ")[2].split(", ")] == ["OneBa", "TwoBa", "Three"]
    assert over.count("..") == 3


def test_no_incident_gets_the_ref_of_a_storm(world):
    push(world, many(world, 50))
    world.run_for(minutes=1)
    ref = texts(world)[0].split("#")[1].split()[0]

    world.crash()
    push(world, [alert(world, 100 + number) for number in range(8)])

    assert ref not in {incident.ref for incident in world.incidents()}
