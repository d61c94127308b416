"""Of where alerts go: which there are, in which group, and whose they are."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_INGEST = "pilotbridge/alerting/ingest.py"
_BATCH = "pilotbridge/alerting/batch.py"
_EPISODES = "pilotbridge/alerting/episodes.py"
_ROUTING = "pilotbridge/alerting/routing.py"
_ROUTING_TESTS = "tests/alerting/test_routing.py"
_AUDIENCE = "pilotbridge/alerting/audience.py"
_SETTINGS_TESTS = "tests/alerting/test_other_settings.py"
_TIMELINES_TESTS = "tests/alerting/test_timelines.py"

ALERTING_GOING = (
    one(
        "a-new-route-counts-from-the-next-start",
        _INGEST,
        "if self._rules is None or self._rules.settings is not settings:",
        "if self._rules is None:",
        _SETTINGS_TESTS,
    ),
    one(
        "who-left-does-not-hear-the-end",
        _AUDIENCE,
        "settings.contacts.get(name) or Contact(name, phone, settings.bridge.zone)",
        "settings.contacts[name]",
        _SETTINGS_TESTS,
    ),
    one(
        "where-nobody-is-left-nobody-is-told",
        _AUDIENCE,
        "of_steps(receiver, steps, roster) or _stand_ins(receiver, steps, roster)",
        "of_steps(receiver, steps, roster)",
        _SETTINGS_TESTS,
    ),
    one(
        "a-taker-without-a-phone-is-told-by-sms",
        _AUDIENCE,
        "    if taker is not None and taker.phone is not None:\n",
        "    if taker is not None:\n",
        _SETTINGS_TESTS,
    ),
    one(
        "a-lease-ends-while-its-body-waits",
        _BATCH,
        "return until_ms if until_ms > now_ms else now_ms + LEASE_GRACE_MS",
        "return until_ms",
        _TIMELINES_TESTS,
    ),
    one(
        "one-sender-ends-the-group-of-another-in-the-same-turn",
        _BATCH,
        "(opened.sender_group, opened.source) == (sender_group, source)",
        "opened.sender_group == sender_group",
        _TIMELINES_TESTS,
    ),
    one(
        "a-word-that-crossed-the-end-of-a-group-is-news",
        _BATCH,
        "            episode.last_seen_at_ms = max(episode.last_seen_at_ms, at_ms)\n            episode.end(",
        "            episode.end(",
        "tests/alerting/test_holds_again.py",
    ),
    one(
        "a-new-episode-is-as-bad-as-the-last-one",
        _EPISODES,
        '            self.fired, self.severity = True, ""\n',
        "            self.fired = True\n",
        "tests/alerting/test_worse.py",
    ),
    one(
        "the-end-of-one-episode-ends-the-next",
        _EPISODES,
        "return starts_at_ms < began_ms and ends_at_ms <= began_ms",
        "return starts_at_ms < began_ms and ends_at_ms < began_ms",
        _TIMELINES_TESTS,
    ),
    one(
        "what-one-receiver-is-told-another-is-not",
        "pilotbridge/alerting/grouping.py",
        'seen = (to.route, to.receiver, "labels",',
        'seen = (to.route, "labels",',
        _ROUTING_TESTS,
    ),
    one(
        "a-tree-remembers-an-alert-by-too-few-labels",
        _ROUTING,
        "for node in nodes for matcher in node.matchers}",
        "for node in nodes[:-1] for matcher in node.matchers}",
        _ROUTING_TESTS,
    ),
    one(
        "a-plugin-that-adds-takes-away",
        _ROUTING,
        "    if not decided:\n",
        "    if not decided and not added:\n",
        _ROUTING_TESTS,
    ),
    one(
        "a-source-of-two-rules-keeps-quiet-for-ever",
        "pilotbridge/alerting/inhibition.py",
        "            self._places[alert_id] = kept",
        "            self._places[alert_id] = kept[:1]",
        "tests/alerting/test_inhibition.py",
    ),
)
