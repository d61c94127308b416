"""A plugin that raises, hangs or answers nonsense costs only its own answer: a human is told all the same."""

from __future__ import annotations

import threading
from concurrent.futures import Future

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
    "code",
    [
        "raise RuntimeError('no')",
        "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})",
        "return 7",
        "return {1: 2}",
        "return {a: 'x' for a in alerts}",
    ],
)
def test_a_plugin_that_fails_costs_only_its_own_answer(shop, alert, code):
    shop.add("broken", f"@hookimpl\ndef route_alerts(alerts):\n    {code}")
    shop.add("sound", TO_DBA)
    given = alert()

    assert shop.hooks().route_alerts([given]) == {given: [("sound", Route("page-dba"))]}
    assert [trouble.what for trouble in shop.troubles] == ["broken"]


def test_a_plugin_that_ends_itself_fails_at_once(shop, alert):
    shop.add("ends", "@hookimpl\ndef route_alerts(alerts):\n    raise SystemExit('bye')")

    assert shop.hooks().route_alerts([alert()]) == {}

    assert [trouble.summary for trouble in shop.troubles] == [
        "plugin ends, route_alerts: RuntimeError: sys.exit() ends nothing here"
    ]


def test_what_a_plugin_says_when_it_fails_can_be_kept_and_shown(shop, alert):
    shop.add(
        "broken", "@hookimpl\ndef route_alerts(alerts):\n    raise OSError('no\\n/data/\\udcff.csv' * 999)"
    )

    shop.hooks().route_alerts([alert()])

    (trouble,) = shop.troubles
    assert trouble.summary.startswith("plugin broken, route_alerts: OSError: no /data/?.csvno /data/?.csv")
    assert len(trouble.summary.encode()) < 600


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


def test_an_empty_reason_mutes_nobody_and_leaves_the_others_to_be_asked(shop, notification):
    shop.add("first", "@hookimpl\ndef mute_group(group):\n    return ''")
    shop.add("second", "@hookimpl\ndef mute_group(group):\n    return 'maintenance'")

    assert shop.hooks().mute_group(notification) == "second: maintenance"
    assert shop.troubles == []


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


def test_bridge_started_is_told_with_the_bridge(shop):
    shop.add("listens", "heard = []\n@hookimpl\ndef bridge_started(bridge):\n    heard.append(bridge)")
    plugins = shop.load()
    hooks = shop.hooks(plugins)

    hooks.bridge_started()
    shop.wait_until_told()

    assert plugins.loaded[0].module.heard == [hooks.bridge_of("listens")]


def test_bridge_stopping_is_waited_for(shop):
    shop.add("listens", "heard = []\n@hookimpl\ndef bridge_stopping(bridge):\n    heard.append(bridge)")
    plugins = shop.load()

    shop.hooks(plugins).bridge_stopping()

    assert len(plugins.loaded[0].module.heard) == 1


def test_bridge_stopping_of_a_plugin_that_hangs_does_not_keep_the_bridge(shop):
    shop.add("hangs", HANGS.replace("route_alerts(alerts)", "bridge_stopping()"))

    shop.hooks(deadline_s=0.05).bridge_stopping()


def test_a_round_wants_all_of_its_writes_or_none(shop):
    shop.add("mine", "")
    hooks = shop.hooks()
    bridge = hooks.bridge_of("mine")

    def fails():
        bridge.write("half")
        raise RuntimeError("no")

    hooks.do_round("mine", "tally", lambda: bridge.write("whole"))
    hooks.do_round("mine", "tally", fails)

    assert shop.applied == ["whole"]
    assert [trouble.summary for trouble in shop.troubles] == ["plugin mine, every: RuntimeError: no"]


def test_a_round_that_cannot_be_written_is_counted(shop):
    shop.add("mine", "")
    hooks = shop.hooks(apply=failed)

    hooks.do_round("mine", "tally", lambda: hooks.bridge_of("mine").write("x"))

    assert [trouble.summary for trouble in shop.troubles] == ["plugin mine, every: OSError: disk full"]


def test_a_round_is_not_begun_while_the_last_one_is_at_it(shop):
    shop.add("mine", "")
    hooks = shop.hooks(deadline_s=0.05)
    gate, begun = threading.Event(), []

    def hangs():
        begun.append(1)
        gate.wait(60)

    for _ in range(2):
        hooks.do_round("mine", "poll", hangs)
    begun_before = len(begun)
    hooks.do_round("mine", "another", lambda: begun.append(2))
    gate.set()

    assert begun_before == 1
    assert begun == [1, 2]
    assert "the round before has not ended" in shop.troubles[1].summary


def test_a_plugin_whose_rounds_overrun_three_times_is_off(shop):
    shop.add("mine", "")
    hooks = shop.hooks(deadline_s=0.02)
    gate = threading.Event()

    for _ in range(3):
        hooks.do_round("mine", "poll", lambda: gate.wait(60))
    begun = []
    hooks.do_round("mine", "another", lambda: begun.append(1))
    gate.set()

    assert hooks.off == {"mine"}
    assert begun == []


def failed(_writes):
    future = Future()
    future.set_exception(OSError("disk full"))
    return future


def test_a_listener_that_raises_costs_the_next_one_nothing(shop):
    shop.add("broken", "@hookimpl\ndef message_settled(message):\n    raise RuntimeError")
    shop.add("sound", "heard = []\n@hookimpl\ndef message_settled(message):\n    heard.append(message)")
    plugins = shop.load()

    shop.hooks(plugins).message_settled("delivered")
    shop.wait_until_told()

    assert plugins.loaded[1].module.heard == ["delivered"]
    assert [trouble.what for trouble in shop.troubles] == ["broken"]


# --- answers of the right kind that nobody could keep -------------------------------------------------

ENRICH = """
    from dataclasses import replace
    from pilotbridge import Labels

    @hookimpl
    def enrich_alerts(alerts):
        return {{a: replace(a, {change}) for a in alerts}}
"""
HALF_A_CHARACTER, A_BOOK = "'\\ud800'", "'long ' * 10_000"


@pytest.mark.parametrize(
    "change",
    [
        "labels={'alertname': 'DiskFull'}",
        "labels=Labels({'alertname': 5})",
        "labels=Labels({5: 'five'})",
        f"labels=a.labels.with_(owner={HALF_A_CHARACTER})",
        f"labels=a.labels.with_(owner={A_BOOK})",
        "annotations=None",
        "url=b'x'",
        "is_test=True",
    ],
)
def test_labels_that_nobody_could_keep_change_no_alert(shop, alert, change):
    shop.add("broken", ENRICH.format(change=change))
    given = alert()

    assert shop.hooks().enrich_alerts([given]) == [given]
    assert [trouble.what for trouble in shop.troubles] == ["broken"]


@pytest.mark.parametrize(
    "route", ["17", f"None, reason={HALF_A_CHARACTER}", "'page-dba', reason=['no']", f"None, reason={A_BOOK}"]
)
def test_a_route_that_nobody_could_keep_decides_nothing(shop, alert, route):
    shop.add(
        "broken", f"@hookimpl\ndef route_alerts(alerts):\n    return {{a: Route({route}) for a in alerts}}"
    )

    assert shop.hooks().route_alerts([alert()]) == {}


@pytest.mark.parametrize("text", [HALF_A_CHARACTER, A_BOOK])
@pytest.mark.parametrize("hook", ["mute_group", "compose_text"])
def test_a_text_that_nobody_could_send_is_no_answer(shop, notification, hook, text):
    shop.add("broken", f"@hookimpl\ndef {hook}(notification):\n    return {text}")

    assert getattr(shop.hooks(), hook)(notification) == ""
    assert [trouble.what for trouble in shop.troubles] == ["broken"]


@pytest.mark.parametrize("reply", ["Reply(5)", f"Reply({HALF_A_CHARACTER})", "Reply('ok', reason=None)"])
def test_a_reply_that_nobody_could_send_leaves_the_sms_to_the_next_one(shop, inbound, reply):
    shop.add("broken", f"@hookimpl\ndef answer_inbound(inbound):\n    return {reply}")
    shop.add("sound", "@hookimpl\ndef answer_inbound(inbound):\n    return Reply('Taken')")

    answered = shop.hooks().answer_inbound(inbound)

    assert answered is not None
    assert answered.plugin == "sound"


def test_what_a_plugin_wanted_written_and_could_not_be_is_logged(shop, alert, log):
    shop.add(
        "writes",
        """
        @hookimpl
        def route_alerts(alerts, bridge):
            bridge.write("a row")
        """,
    )
    lost: Future[None] = Future()
    lost.set_exception(OSError("disk full"))

    shop.hooks(apply=lambda _writes: lost).route_alerts([alert()])

    assert "what a plugin wanted written is lost" in log.getvalue()
    assert "disk full" in log.getvalue()
