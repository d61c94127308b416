"""Monitoring as it is: pairs, clocks that are apart, and words in an order that nobody promised."""

from __future__ import annotations

from datetime import timedelta

import pytest


def alert(world, status="firing", *, starts_s=0.0, ends_s=None, **changes):
    """One alert of an Alertmanager whose clock may be off by ``starts_s``."""
    ends = "0001-01-01T00:00:00Z" if ends_s is None else at(world, ends_s)
    labels = {"alertname": "DiskFull", "severity": "critical"}
    times = {"startsAt": at(world, starts_s), "endsAt": ends}
    return {"status": status, "labels": labels, "annotations": {}} | times | changes


def at(world, seconds):
    return (world.now + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def over(world, fired, ends_s=0.0):
    return {**fired, "status": "resolved", "endsAt": at(world, ends_s)}


def post(world, *alerts, status="firing", url="http://am-1", minutes=6, **changes):
    """A body, and time for what follows; returns what Anna has read so far, the first words of each."""
    body = {
        "version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": status, "receiver": "bridge",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": url,
        "alerts": list(alerts),
    }  # fmt: skip
    assert world.post(body | changes).status == 202
    world.run_for(minutes=minutes)
    return [text.split()[0] for text in world.texts_to("anna")]


def test_both_of_a_pair_page_once(world):
    fired = alert(world)
    post(world, fired)
    post(world, fired, url="http://am-2")
    post(world, over(world, fired), status="resolved")

    assert post(world, over(world, fired, 1), status="resolved", url="http://am-2") == ["CRIT", "CLEAR"]


def test_a_pair_whose_clocks_are_apart_pages_once(world):
    post(world, alert(world))

    assert post(world, alert(world, starts_s=-367), url="http://am-2") == ["CRIT"]


@pytest.mark.parametrize("off_s", [-86_400, -7, 7, 86_400])
def test_an_alert_pages_and_ends_whatever_its_senders_clock_says(world, off_s):
    fired = alert(world, starts_s=off_s)
    post(world, fired)

    assert post(world, over(world, fired, off_s), status="resolved") == ["CRIT", "CLEAR"]


def test_what_fires_again_after_its_senders_clock_was_set_right_pages_again(world):
    fired = alert(world, starts_s=3600)
    post(world, fired)
    post(world, over(world, fired, 3600), status="resolved")

    assert post(world, alert(world)) == ["CRIT", "CLEAR", "CRIT"]


def test_a_late_repeat_of_a_clock_that_runs_ahead_is_no_news(world):
    fired = alert(world, starts_s=3600)
    ended = over(world, fired, 3600)
    post(world, fired)
    post(world, ended, status="resolved", minutes=0.5)

    post(world, fired, url="http://am-2", minutes=5)
    assert post(world, ended, status="resolved", url="http://am-2") == ["CRIT", "CLEAR"]


@pytest.mark.parametrize("off_s", [0, 3600])
def test_what_holds_long_after_its_end_pages_again_whatever_its_senders_clock_says(world, off_s):
    fired = alert(world, starts_s=off_s)
    post(world, fired)
    post(world, over(world, fired, off_s), status="resolved")

    assert post(world, fired) == ["CRIT", "CLEAR", "CRIT"]


def test_a_firing_alert_with_an_end_in_the_future_goes_on(world):
    assert post(world, alert(world, ends_s=300), minutes=30) == ["CRIT"]


def test_an_end_in_the_future_is_an_end(world):
    fired = alert(world)
    post(world, fired)
    post(world, over(world, fired, 10_800), status="resolved")

    assert post(world, alert(world)) == ["CRIT", "CLEAR", "CRIT"]


def test_the_end_of_what_was_never_seen_wakes_nobody(world):
    assert post(world, over(world, alert(world)), status="resolved") == []


@pytest.mark.parametrize("reverse", [False, True])
def test_a_body_that_says_both_wakes_nobody_for_what_is_over(world, reverse):
    fired = alert(world)
    both = [fired, over(world, fired)]

    assert post(world, *(reversed(both) if reverse else both)) == []


def test_the_end_of_a_group_ends_what_its_sender_had_cut_off(world):
    cut_off = alert(world, labels={"alertname": "DiskFull", "severity": "critical", "instance": "db02"})
    shown = alert(world)
    post(world, shown, cut_off)

    assert post(world, over(world, shown), status="resolved", truncatedAlerts=1) == ["CRIT", "CLEAR"]


def test_names_in_any_script_and_hidden_characters_become_a_text_with_its_ref(world):
    labels = {"alertname": "Диск\u202e \u200bполон", "имя.с.точкой": "да", "severity": "critical"}
    words = {"summary": "x" * 100_000, "описание": ""}

    post(world, alert(world, labels=labels, annotations=words))

    (text,) = world.texts_to("anna")
    assert "\u202e" not in text
    assert f"#{world.incidents()[0].ref}" in text
