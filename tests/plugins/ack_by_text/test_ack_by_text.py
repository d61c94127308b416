"""Taking incidents by text, as the person with the phone sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.testing.world import CONFIGURATION

TWO_TOLD = CONFIGURATION.replace("notify: [sms:anna]", "notify: [sms:anna, sms:boris]")


@pytest.fixture
def world(make_world):
    return make_world(plugins={"ack_by_text": {}}, configuration=TWO_TOLD)


def fired(world, name="DiskFull", **labels):
    """Fire, let it be told; returns the ref."""
    world.fire(name, **labels)
    world.run_for(minutes=1)
    return world.incidents()[-1].ref


def answer_to(world, who, text):
    """What ``who`` hears to ``text``."""
    before = len(world.texts_to(who))
    world.sms_from(who, text)
    world.run_for(minutes=1)
    heard = world.texts_to(who)[before:]
    assert len(heard) <= 1
    return heard[0] if heard else None


def taker(world):
    return world.incidents()[-1].acknowledged_by


def test_a_ref_takes_the_incident_and_says_so(world):
    ref = fired(world)

    assert answer_to(world, "anna", ref) == f"Taken #{ref} DiskFull. Silent till it clears"
    assert taker(world) == "anna"


def test_a_note_stands_at_the_incident(world):
    ref = fired(world)

    answer_to(world, "anna", f"ok {ref} cleaning /var")

    assert world.incidents()[-1].note == "cleaning /var"


def test_a_bare_word_takes_the_one_open_incident(world):
    fired(world)

    answer_to(world, "anna", "беру")

    assert taker(world) == "anna"


def test_a_bare_word_with_two_open_incidents_takes_nothing_and_asks_which(world):
    first, second = fired(world, "DiskFull"), fired(world, "ApiDown")

    heard = answer_to(world, "anna", "ok")

    assert heard == f"Nothing taken. Which one? #{second} ApiDown, #{first} DiskFull"
    assert [incident.acknowledged_by for incident in world.incidents()] == ["", ""]


def test_what_somebody_has_is_not_taken_again(world):
    ref = fired(world)
    answer_to(world, "anna", ref)

    assert answer_to(world, "boris", ref) == f"#{ref} DiskFull is taken by anna already"
    assert answer_to(world, "anna", ref) == f"You have #{ref} DiskFull already"
    assert taker(world) == "anna"


def test_of_two_who_take_it_at_once_one_has_it_and_the_other_hears_who(world):
    ref = fired(world)
    before = {who: len(world.texts_to(who)) for who in ("anna", "boris")}

    for who in ("anna", "boris"):
        world.sms_from(who, ref)
    world.run_for(minutes=1)

    heard = {who: world.texts_to(who)[before[who] :] for who in before}
    assert heard == {
        "anna": [f"Taken #{ref} DiskFull. Silent till it clears"],
        "boris": [f"#{ref} DiskFull is taken by anna already"],
    }


def test_what_is_over_cannot_be_taken(world):
    alert = world.fire("DiskFull")
    world.run_for(minutes=1)
    ref = world.incidents()[-1].ref
    world.resolve(alert)
    world.run_for(minutes=1)

    assert answer_to(world, "anna", ref) == f"#{ref} DiskFull is over already"


def test_a_ref_that_was_not_told_to_this_number_takes_nothing(world):
    ref = fired(world)

    answer = answer_to(world, "anna", "999")

    assert answer == f"#999 was not told to you in the last 12 h. Nothing taken. Open: #{ref} DiskFull"
    assert taker(world) == ""


def test_a_stranger_takes_nothing_and_hears_nothing(world):
    ref = fired(world)
    world.sms_from("+79161234567", ref)
    world.run_for(minutes=1)

    assert taker(world) == ""
    assert world.texts_to("+79161234567") == []
    assert world.inbox()[-1].state == "unrouted"


def test_undo_gives_it_back_within_half_an_hour(world):
    ref = fired(world)
    answer_to(world, "anna", ref)

    assert answer_to(world, "anna", "отмена") == f"Given back #{ref} DiskFull. It pages again"
    assert taker(world) == ""


def test_undo_of_a_storm_counts_from_when_it_was_taken(world):
    for number in range(8):
        world.fire(f"Disk{number}")
    world.run_for(minutes=2)
    ref = world.texts_to("anna")[-1].rpartition("#")[2].split()[0].partition(".")[0]
    world.run_for(minutes=40)
    taken = answer_to(world, "anna", ref)

    heard = answer_to(world, "anna", f"undo {ref}")

    assert taken.startswith(f"Taken #{ref} storm")
    assert heard.startswith(f"Given back #{ref} storm")
    assert not any(incident.acknowledged_by for incident in world.incidents())


def test_undo_after_half_an_hour_comes_too_late(world):
    ref = fired(world)
    answer_to(world, "anna", ref)
    world.run_for(minutes=31)

    assert "stays yours" in answer_to(world, "anna", f"undo {ref}")
    assert taker(world) == "anna"


def test_nobody_gives_back_what_another_has(world):
    ref = fired(world)
    answer_to(world, "anna", ref)

    assert answer_to(world, "boris", f"undo {ref}") == f"You do not have #{ref} DiskFull"
    assert taker(world) == "anna"


def test_passing_on_leaves_it_open_and_says_so(world):
    ref = fired(world)

    assert answer_to(world, "anna", f"no {ref}") == f"#{ref} DiskFull stays open, there is nobody after you"
    assert taker(world) == ""


def test_a_question_mark_lists_what_is_open(world):
    ref = fired(world)

    assert answer_to(world, "anna", "?") == f"Open: #{ref} DiskFull"


@pytest.mark.parametrize("text", ["не ок {ref}", "спасибо", "«ок» сказал он про {ref}", "call me"])
def test_anything_else_takes_nothing(world, text):
    ref = fired(world)

    assert answer_to(world, "anna", text.format(ref=ref)) is None
    assert taker(world) == ""


def test_a_number_hears_at_most_ten_answers_an_hour_and_is_still_obeyed(world):
    heard = [answer_to(world, "anna", "?") for _ in range(12)]
    ref = fired(world)
    answer_to(world, "anna", ref)

    assert [text is None for text in heard] == [False] * 10 + [True] * 2
    assert taker(world) == "anna"


def test_a_clock_that_is_set_back_keeps_nobody_from_hearing_answers(world):
    fired(world)
    for _ in range(10):
        answer_to(world, "anna", "?")

    world.clock.set_wall(world.clock.utc_now() - timedelta(days=1))
    world.run_for(minutes=1)

    assert answer_to(world, "anna", "?") is not None


@pytest.mark.parametrize("text", ["{} нет связи", "{} не могу"])
def test_what_may_be_a_no_takes_nothing_and_is_read_by_people(world, text):
    ref = fired(world)

    assert answer_to(world, "anna", text.format(ref)) is None
    assert taker(world) == ""
    assert world.inbox()[-1].state == "unrouted"


def test_the_answer_and_the_taking_survive_a_crash_together(world):
    ref = fired(world)
    world.sms_from("anna", ref)
    world.run_for(seconds=16)
    world.crash()
    world.run_for(minutes=5)

    answers = [text for text in world.texts_to("anna") if text.startswith("Taken")]
    assert len(answers) == 1
    assert taker(world) == "anna"


def test_a_russian_contact_hears_russian(make_world):
    russian = TWO_TOLD.replace("role: admin", "role: admin, language: ru, sms_text: ru")
    world = make_world(plugins={"ack_by_text": {}}, configuration=russian)
    ref = fired(world)

    assert answer_to(world, "anna", ref) == f"Взято #{ref} DiskFull. Тихо, пока не пройдёт"
