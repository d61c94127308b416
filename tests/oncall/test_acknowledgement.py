"""Taking an incident and giving it back."""

from __future__ import annotations

import pytest

from pilotbridge.errors import NotFound, Refused
from pilotbridge.model import Labels, MessageId, Ref, Severity
from pilotbridge.oncall.acknowledgement import acknowledge, unacknowledge
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.records import GroupKey, NewGroup


def take(oncall, by="anna", ref="417", note=""):
    return oncall.write(lambda tx: acknowledge(tx, ref, by=by, note=note, now_ms=oncall.clock.now_ms()))


def give_back(oncall, by="anna", ref="417"):
    return oncall.write(lambda tx: unacknowledge(tx, ref, by=by, now_ms=oncall.clock.now_ms()))


@pytest.mark.parametrize("ref", ["417", "#417"])
def test_who_takes_it_is_on_record_with_the_note(oncall, ref):
    incident = take(oncall, ref=ref, note="on my way")

    assert (incident.acknowledged_by, incident.note) == ("anna", "on my way")
    assert incident.acknowledged_at == oncall.clock.utc_now()


def test_how_bad_it_was_when_it_was_taken_is_remembered(oncall):
    take(oncall)

    assert (oncall.row().acknowledged_alerts, oncall.row().acknowledged_severity) == (2, "warning")


def test_a_second_one_hears_who_was_first(oncall):
    take(oncall)

    with pytest.raises(Refused, match="#417 is already taken by anna"):
        take(oncall, by="boris")


def test_a_ref_that_nobody_gave_out_is_not_found(oncall):
    with pytest.raises(NotFound, match=r"there is no incident #999; open: #417 DiskFull$"):
        take(oncall, ref="999")


def test_what_is_over_cannot_be_taken(oncall):
    oncall.write(lambda tx: tx.close_incident(oncall.incident_id, oncall.clock.now_ms(), "resolved"))

    with pytest.raises(Refused, match="#417 is resolved since 00:14 UTC"):
        take(oncall)


def test_it_can_be_given_back_within_half_an_hour(oncall):
    take(oncall)
    oncall.clock.forward(30 * 60_000)

    incident = give_back(oncall)

    assert (incident.acknowledged_at, incident.acknowledged_by) == (None, "")


def test_later_it_cannot_be_given_back(oncall):
    take(oncall)
    oncall.clock.forward(30 * 60_000 + 1)

    with pytest.raises(Refused, match="more than 30 min ago"):
        give_back(oncall)


def test_what_nobody_took_cannot_be_given_back(oncall):
    with pytest.raises(Refused, match="nobody has taken #417"):
        give_back(oncall)


def test_what_was_given_back_can_be_taken_by_another(oncall):
    take(oncall)
    give_back(oncall)

    assert take(oncall, by="boris").acknowledged_by == "boris"


@pytest.mark.parametrize(("before", "change"), [((), take), ((take,), give_back)])
def test_the_group_is_looked_at_again_after_a_change(oncall, before, change):
    for done in before:
        done(oncall)
    oncall.write(lambda tx: tx.postpone_group(1, oncall.clock.now_ms() + 3_600_000))

    change(oncall)

    assert oncall.due_ms() == oncall.clock.now_ms()


# --- storms -----------------------------------------------------------------------------------------


@pytest.fixture
def storm(oncall):
    """Storm #500 is of #417 and #418; returns who has each of the two."""
    now_ms = oncall.clock.now_ms()

    def raging(tx):
        tx.add_groups([NewGroup(GroupKey(b"other", "ops", "root", Labels({"alertname": "Cpu"}), ""), now_ms)])
        group = next(each for each in tx.due_groups(now_ms, 10) if each.incident_id is None)
        facts = {"name": "Cpu", "severity": Severity.WARNING, "alerts": 1, "now_ms": now_ms}
        second = tx.open_incident(group, Ref("418"), **facts)
        number = tx.open_storm(PhoneNumber("+79087964781"), "anna", now_ms, now_ms)
        for incident in (oncall.incident_id, second):
            tx.join_storm(number, incident, now_ms)
        tx.storm_told(number, Ref("500"), MessageId(1), count=2, names=["Cpu"], now_ms=now_ms, due_ms=now_ms)
        return second

    second = oncall.write(raging)

    def takers():
        with oncall.store.read() as read:
            found = read.incidents([oncall.incident_id, second])
        return [found[each].incident.acknowledged_by for each in (oncall.incident_id, second)]

    takers.second = second
    return takers


def test_taking_a_storm_takes_nothing_from_whoever_has_it(oncall, storm):
    take(oncall, by="boris", ref="418")

    take(oncall, by="anna", ref="500")

    assert storm() == ["anna", "boris"]


def test_taking_a_storm_takes_nothing_that_is_over(oncall, storm):
    oncall.write(lambda tx: tx.close_incident(storm.second, oncall.clock.now_ms(), "resolved"))

    take(oncall, by="anna", ref="500")

    assert storm() == ["anna", ""]


def test_giving_a_storm_back_leaves_alone_what_is_over(oncall, storm):
    take(oncall, by="anna", ref="500")
    oncall.write(lambda tx: tx.close_incident(storm.second, oncall.clock.now_ms(), "resolved"))

    give_back(oncall, by="anna", ref="500")

    assert storm() == ["", "anna"]
