"""What alerting and on-call rely on, of whatever engine keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.model import (
    Alert,
    AlertState,
    JournalId,
    Labels,
    Reason,
    Ref,
    Severity,
    Silence,
    SilenceId,
)
from pilotbridge.store.records import (
    AlertChange,
    AlertEnd,
    FlushedGroup,
    GroupKey,
    NewGroup,
    NewNotification,
    SeenAlert,
    Told,
    TouchedGroup,
)

AT = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
NOW = int(AT.timestamp() * 1000)
FIRING, RESOLVED = AlertState.FIRING, AlertState.RESOLVED


def alert(name: str = "DiskFull", **labels: str) -> Alert:
    return Alert("am", Labels({"alertname": name, **labels}), Labels({"summary": "й"}), FIRING, AT)


def change(of: Alert, *, alert_id: int = 0, expires_at_ms: int | None = NOW + 1000) -> AlertChange:
    return AlertChange(alert_id, of, of.state, NOW, None, NOW, expires_at_ms, False, JournalId(1), "root")


def key(name: str = "group") -> GroupKey:
    return GroupKey(name.encode(), "page", "root", Labels({"alertname": name}), "")


@pytest.fixture
def saved(write):
    """An alert in a group that is due."""
    (alert_id,) = write(lambda tx: tx.save_alerts([change(alert())]))
    (group_id,) = write(lambda tx: tx.add_groups([NewGroup(key(), NOW)]))
    write(lambda tx: tx.join_groups([(group_id, alert_id)]))
    return alert_id, group_id


def due(store, at_ms: int = NOW):
    with store.read() as read:
        return read.due_groups(at_ms, 10)


def flush(write, group, **changes):
    wanted = {
        "due_at_ms": None,
        "flushed_at_ms": NOW,
        "notified_at_ms": NOW,
        "incident_id": None,
        "muted": "",
    }
    return write(lambda tx: tx.flushed_groups([FlushedGroup(group, **wanted | changes)])) == [True]


def test_alerts_are_known_by_their_fingerprint(write, store):
    many = [alert(f"A{n}") for n in range(700)]
    ids = write(lambda tx: tx.save_alerts([change(each) for each in many]))

    with store.read() as read:
        known = read.known_alerts([each.fingerprint for each in many] + [alert("stranger").fingerprint])
    assert {known[each.fingerprint].id for each in many} == set(ids)
    assert len(known) == 700


def test_an_alert_comes_back_whole(write, store):
    (alert_id,) = write(lambda tx: tx.save_alerts([change(alert(instance="базы"))]))

    with store.read() as read:
        row = read.alert_row(alert_id)
    assert (row.alert.labels["instance"], row.alert.annotations["summary"]) == ("базы", "й")
    assert (row.alert.starts_at, row.decided, row.journal_id) == (AT, "root", 1)


def test_new_facts_of_a_known_alert_keep_its_number(write, store):
    (alert_id,) = write(lambda tx: tx.save_alerts([change(alert())]))

    assert write(lambda tx: tx.save_alerts([change(alert(), alert_id=alert_id)])) == [alert_id]
    with store.read() as read:
        assert len(read.alerts_listed()) == 1


def test_another_episode_takes_the_place_of_every_fact_of_the_one_before(write, store):
    over = AlertChange(0, alert(), RESOLVED, NOW, NOW + 1, NOW, None, False, JournalId(1), "root")
    write(lambda tx: tx.save_alerts([over]))
    anew = Alert(
        "am", alert().labels, Labels({"summary": "anew"}), FIRING, AT, sender_group="g", url="u", is_test=True
    )

    facts = AlertChange(1, anew, FIRING, NOW + 2, None, NOW + 3, NOW + 4, True, JournalId(2), "tree")
    write(lambda tx: tx.save_alerts([facts]))

    with store.read() as read:
        row, known = read.alert_row(1), read.known_alerts([anew.fingerprint])[anew.fingerprint]
        assert list(read.firing_in_sender_group("g", "am")) == [anew.fingerprint]
        assert [each.id for each in read.expired_alerts(NOW + 4, 10)] == [1]
    assert (row.alert.annotations["summary"], row.alert.url, row.alert.is_test) == ("anew", "u", True)
    assert (row.alert.ends_at, row.journal_id, row.decided) == (None, 2, "tree")
    assert (known.state, known.leased, known.starts_at_ms, known.last_seen_at_ms) == (
        FIRING,
        True,
        NOW + 2,
        NOW + 3,
    )


def test_an_alert_expires_when_nobody_speaks_of_it(write, store):
    (alert_id,) = write(lambda tx: tx.save_alerts([change(alert())]))

    with store.read() as read:
        assert read.expired_alerts(NOW + 999, 10) == []
        assert [expired.id for expired in read.expired_alerts(NOW + 1000, 10)] == [alert_id]
    write(lambda tx: tx.see_alerts([SeenAlert(alert_id, NOW, NOW + 5000)]))
    with store.read() as read:
        assert (read.expired_alerts(NOW + 1000, 10), read.next_expiry()) == ([], NOW + 5000)
    write(lambda tx: tx.end_alerts([AlertEnd(alert_id, RESOLVED, NOW)]))
    with store.read() as read:
        assert (read.next_expiry(), read.count_firing(), read.alert_row(alert_id).alert.state) == (
            None,
            0,
            RESOLVED,
        )


def test_a_group_is_due_at_its_time_and_not_again_once_it_was_looked_at(saved, write, store):
    assert due(store, NOW - 1) == []
    (group,) = due(store)

    assert flush(write, group)
    assert due(store, NOW + 10**9) == []


def test_a_group_that_changed_meanwhile_is_not_flushed(saved, write, store):
    _, group_id = saved
    (group,) = due(store)
    write(lambda tx: tx.touch_groups([TouchedGroup(group_id, NOW + 5)]))

    assert not flush(write, group)
    with store.read() as read:
        assert read.group_revisions([group_id]) == {group_id: group.revision + 1}


@pytest.mark.parametrize("wake", ["wake_group", "wake_groups", "wake_muted"])
def test_a_group_that_somebody_woke_meanwhile_is_looked_at_once_more(saved, write, store, wake):
    _, group_id = saved
    flush(write, due(store)[0], due_at_ms=NOW, muted="silence: a")
    (group,) = due(store)
    whom = (group_id, NOW) if wake == "wake_group" else (NOW,)
    write(lambda tx: getattr(tx, wake)(*whom))

    assert not flush(write, group)


def test_how_many_a_sender_left_out_is_kept_until_people_were_told(saved, write, store):
    _, group_id = saved
    write(lambda tx: tx.touch_groups([TouchedGroup(group_id, NOW, 3), TouchedGroup(group_id, NOW, 1)]))
    assert [group.left_out for group in due(store)] == [3]

    flush(write, due(store)[0], due_at_ms=NOW, notified_at_ms=None)
    assert [group.left_out for group in due(store)] == [3]
    flush(write, due(store)[0], due_at_ms=NOW)

    assert [group.left_out for group in due(store)] == [0]


def test_news_bring_a_group_forward_and_never_put_it_off(saved, write, store):
    _, group_id = saved
    write(lambda tx: tx.touch_groups([TouchedGroup(group_id, NOW + 5000)]))

    assert [group.due_at_ms for group in due(store)] == [NOW]


def test_a_group_with_work_left_is_not_forgotten_although_nobody_is_in_it(saved, write, store):
    alert_id, group_id = saved
    write(lambda tx: (tx.leave_group(group_id, [alert_id]), tx.prune_alerts(NOW + 10**9)))
    (group,) = due(store)
    incident = opened(write, group)

    assert flush(write, group, incident_id=incident)
    write(lambda tx: tx.prune_alerts(NOW + 10**9))

    with store.read() as read:
        assert list(read.group_revisions([group_id])) == [group_id]


def test_members_remember_what_was_told_of_them(saved, write, store):
    alert_id, group_id = saved
    write(lambda tx: tx.tell_members(Told.FIRING, group_id, [alert_id]))

    with store.read() as read:
        (member,) = members_of(read, group_id)
        assert (member.alert_id, member.told, member.labels["alertname"]) == (
            alert_id,
            Told.FIRING,
            "DiskFull",
        )
    write(lambda tx: tx.leave_group(group_id, [alert_id]))
    with store.read() as read:
        assert members_of(read, group_id) == []


def members_of(read, group_id):
    return [member for _, members in read.members_of([group_id]) for member in members]


def opened(write, group, ref: str = "417"):
    return write(
        lambda tx: tx.open_incident(
            group, Ref(ref), name="DiskFull", severity=Severity.CRITICAL, alerts=1, now_ms=NOW
        )
    )


def test_an_incident_is_found_by_its_ref_the_newest_first(saved, write, store):
    (group,) = due(store)
    first = opened(write, group)
    write(lambda tx: tx.close_incident(first, NOW + 1, "resolved"))
    second = opened(write, group)

    with store.read() as read:
        assert read.incident_by_ref("417").incident.id == second
        assert read.count_open_incidents() == 1
        assert [row.incident.id for row in read.incidents_open(NOW)] == [second, first]


def test_what_a_group_opened_long_ago_does_not_count_as_lately(saved, write, store):
    (group,) = due(store)
    opened(write, group)

    with store.read() as read:
        assert read.incidents_of_group(group.id, NOW) == 1
        assert read.incidents_of_group(group.id, NOW + 1) == 0


def test_taking_an_incident_keeps_how_large_it_was(saved, write, store):
    (group,) = due(store)
    incident = opened(write, group)
    write(lambda tx: tx.acknowledge_incident(incident, by="anna", note="on it", now_ms=NOW))

    with store.read() as read:
        row = read.incident_by_ref("417")
    assert (row.incident.acknowledged_by, row.incident.note) == ("anna", "on it")
    assert (row.acknowledged_alerts, row.acknowledged_severity) == (1, "critical")
    write(lambda tx: tx.unacknowledge_incident(incident, by="anna", now_ms=NOW))
    with store.read() as read:
        free = read.incident_by_ref("417").incident
        assert (free.acknowledged_at, free.acknowledged_by, free.note) == (None, "", "")
        assert [each.event for each in read.events_of("incident", incident)] == [
            "open",
            "acknowledge",
            "unacknowledge",
        ]


def test_a_ref_is_busy_while_its_incident_is_open_and_for_some_time_after(saved, write, store):
    (group,) = due(store)
    incident = opened(write, group)

    with store.read() as read:
        assert read.busy_refs(NOW + 10**9) == {"417"}
    write(lambda tx: tx.close_incident(incident, NOW + 1, "resolved"))
    with store.read() as read:
        assert read.busy_refs(NOW - 1) == {"417"}
        assert read.busy_refs(NOW + 10**9) == set()


def test_what_was_decided_and_about_which_alerts_is_kept(saved, write, store):
    alert_id, _ = saved
    (group,) = due(store)
    incident = opened(write, group)
    told = NewNotification(incident, 1, Reason.FIRST, "page", firing=1, fresh=1, resolved=0)
    write(lambda tx: (tx.add_notification(told, NOW), tx.tell_alerts(incident, [alert_id])))

    with store.read() as read:
        assert [row.reason for row in read.notifications_of(incident)] == ["first"]
        assert [(row.id, first) for row, first in read.alerts_of_incident(incident)] == [(alert_id, 1)]


def test_silences_come_and_end(write, store):
    silence = Silence(SilenceId("a"), ('alertname="x"',), AT, AT + timedelta(hours=1), "anna", "why")
    write(lambda tx: tx.put_silence(silence, NOW))
    write(lambda tx: tx.put_silence(replace(silence, comment="changed"), NOW))

    with store.read() as read:
        assert [each.comment for each in read.silences(NOW)] == ["changed"]
    assert write(lambda tx: tx.expire_silence("a", NOW + 5))
    assert not write(lambda tx: tx.expire_silence("a", NOW + 6))
    with store.read() as read:
        assert read.silences(NOW + 5) == []


def test_a_wall_clock_that_was_set_moves_what_is_still_to_come(saved, write, store):
    write(lambda tx: tx.shift_times(10_000))

    assert due(store, NOW + 9_999) == []
    assert len(due(store, NOW + 10_000)) == 1
    with store.read() as read:
        assert read.next_expiry() == NOW + 11_000
