"""A plugin that raises, hangs or answers nonsense costs only its own answer: a human is told all the same."""

from __future__ import annotations

import pytest

from pilotbridge.model import Reply, Route

HANGS = """
    import threading
    forever = threading.Event()

    @hookimpl
    def route_alerts(alerts):
        forever.wait(60)
"""
TO_DBA = """
    @hookimpl
    def route_alerts(alerts):
        return {alert: Route("page-dba") for alert in alerts}
"""


def test_enrich_alerts_changes_labels_for_whoever_is_asked_next(shop, alert):
    shop.add(
        "owner",
        """
        from dataclasses import replace

        @hookimpl
        def enrich_alerts(alerts):
            return {a: replace(a, labels=a.labels.with_(owner="anna")) for a in alerts}
        """,
    )
    shop.add(
        "shout",
        """
        from dataclasses import replace

        @hookimpl
        def enrich_alerts(alerts):
            return {a: replace(a, labels=a.labels.with_(owner=a.labels["owner"].upper())) for a in alerts}
        """,
    )
    given = alert()

    (enriched,) = shop.hooks().enrich_alerts([given])

    assert enriched.labels["owner"] == "ANNA"
    assert enriched.fingerprint == given.fingerprint


def test_enrich_alerts_may_not_turn_an_alert_into_another(shop, alert):
    shop.add(
        "resolver",
        """
        from dataclasses import replace
        from pilotbridge import AlertState

        @hookimpl
        def enrich_alerts(alerts):
            return {a: replace(a, state=AlertState.RESOLVED) for a in alerts}
        """,
    )
    given = alert()

    assert shop.hooks().enrich_alerts([given]) == [given]
    assert [trouble.name for trouble in shop.troubles] == ["PluginFailing"]


def test_route_alerts_gathers_every_opinion_in_order(shop, alert):
    shop.add("first", TO_DBA)
    shop.add("second", TO_DBA.replace("page-dba", "page-ops"))
    given = alert()

    opinions = shop.hooks().route_alerts([given])

    assert opinions == {given: [("first", Route("page-dba")), ("second", Route("page-ops"))]}


@pytest.mark.parametrize(
    "code", ["raise RuntimeError('no')", "return 7", "return {1: 2}", "return {a: 'x' for a in alerts}"]
)
def test_a_plugin_that_fails_costs_only_its_own_answer(shop, alert, code):
    shop.add("broken", f"@hookimpl\ndef route_alerts(alerts):\n    {code}")
    shop.add("sound", TO_DBA)
    given = alert()

    assert shop.hooks().route_alerts([given]) == {given: [("sound", Route("page-dba"))]}
    assert [trouble.what for trouble in shop.troubles] == ["broken"]


def test_a_plugin_that_hangs_costs_only_its_own_answer(shop, alert):
    shop.add("hangs", HANGS)
    shop.add("sound", TO_DBA)
    given = alert()

    assert shop.hooks(deadline_s=0.05).route_alerts([given]) == {given: [("sound", Route("page-dba"))]}


def test_a_plugin_that_hangs_three_times_is_off(shop, alert):
    shop.add("hangs", HANGS)
    hooks = shop.hooks(deadline_s=0.02)

    for _ in range(3):
        hooks.route_alerts([alert()])

    assert hooks.off == {"hangs"}
    assert "it is off until the configuration is reloaded" in shop.troubles[-1].summary


def test_that_a_plugin_is_off_is_said_however_often_it_failed_before(shop, alert, notification, log):
    shop.add("hangs", HANGS + "\n    @hookimpl\n    def mute_group(group):\n        raise ValueError\n")
    hooks = shop.hooks(deadline_s=0.02)
    for _ in range(10):
        hooks.mute_group(notification)

    for _ in range(3):
        hooks.route_alerts([alert()])

    assert log.getvalue().count("a plugin is off") == 1


def test_mute_group_names_the_plugin_that_kept_quiet(shop, notification):
    shop.add(
        "night", '@hookimpl\ndef mute_group(group, now):\n    return f"{group.receiver} sleeps at {now:%H}"'
    )

    assert shop.hooks().mute_group(notification) == "night: page sleeps at 12"


def test_mute_group_that_fails_mutes_nobody(shop, notification):
    shop.add("night", "@hookimpl\ndef mute_group(group):\n    raise RuntimeError")

    assert shop.hooks().mute_group(notification) == ""


def test_compose_text_is_the_first_text_given(shop, notification):
    shop.add("silent", "@hookimpl\ndef compose_text(notification):\n    return None")
    shop.add(
        "wordy",
        '@hookimpl\ndef compose_text(notification):\n    return f"look at {notification.incident.name}"',
    )

    assert shop.hooks().compose_text(notification) == "look at DiskFull"


def test_compose_text_that_answers_no_text_leaves_it_to_the_template(shop, notification):
    shop.add("wordy", "@hookimpl\ndef compose_text(notification):\n    return 7")

    assert shop.hooks().compose_text(notification) == ""


def test_answer_inbound_brings_the_reply_and_what_it_wants_written(shop, inbound):
    shop.add(
        "ack",
        """
        @hookimpl
        def answer_inbound(inbound, bridge):
            bridge.write("taken")
            return Reply(f"Taken #{inbound.text}")
        """,
    )

    answered = shop.hooks().answer_inbound(inbound)

    assert (answered.plugin, answered.reply, answered.writes) == ("ack", Reply("Taken #417"), ("taken",))
    assert shop.applied == []


def test_answer_inbound_of_a_plugin_that_raises_after_writing_writes_nothing(shop, inbound):
    shop.add(
        "ack",
        """
        @hookimpl
        def answer_inbound(inbound, bridge):
            bridge.write("taken")
            raise RuntimeError
        """,
    )

    assert shop.hooks().answer_inbound(inbound) is None
    assert shop.applied == []


def test_choose_conversation_names_a_room(shop, inbound):
    shop.add("rooms", '@hookimpl\ndef choose_conversation(inbound):\n    return "sales"')

    assert shop.hooks().choose_conversation(inbound) == "sales"


def test_what_another_question_wants_written_is_written(shop, alert):
    shop.add("counts", '@hookimpl\ndef route_alerts(alerts, bridge):\n    bridge.write("seen")')

    shop.hooks().route_alerts([alert()])

    assert shop.applied == ["seen"]


@pytest.mark.parametrize(
    ("hook", "argument"),
    [("alerts_recorded", "alerts"), ("inbound_recorded", "inbound"), ("message_settled", "message")],
)
def test_a_listener_hears_what_happened(shop, hook, argument):
    shop.add(
        "listens",
        f"""
        heard = []

        @hookimpl
        def {hook}({argument}):
            heard.append({argument})
        """,
    )
    plugins = shop.load()
    told = {"alerts_recorded": (1, 2), "inbound_recorded": "sms", "message_settled": "message"}[hook]

    getattr(shop.hooks(plugins), hook)(told)
    shop.wait_until_told()

    assert plugins.loaded[0].module.heard == [told]


def test_a_listener_that_raises_costs_the_next_one_nothing(shop):
    shop.add("broken", "@hookimpl\ndef message_settled(message):\n    raise RuntimeError")
    shop.add("sound", "heard = []\n@hookimpl\ndef message_settled(message):\n    heard.append(message)")
    plugins = shop.load()

    shop.hooks(plugins).message_settled("delivered")
    shop.wait_until_told()

    assert plugins.loaded[1].module.heard == ["delivered"]
    assert [trouble.what for trouble in shop.troubles] == ["broken"]
