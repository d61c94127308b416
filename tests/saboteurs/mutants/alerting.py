"""Who is told when: quiet, storms, what belongs together, timelines, replay, and lists of all that."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_QUERIES = "pilotbridge/store/queries.sql"
_INGEST = "pilotbridge/alerting/ingest.py"
_QUIET_TESTS = "tests/alerting/test_inhibition.py"
_EPISODES = "pilotbridge/alerting/episodes.py"
_AGAIN_TESTS = "tests/alerting/test_holds_again.py"
_STORM_TESTS = "tests/alerting/test_storms.py"
_AT_ONCE = "pilotbridge/alerting/at_once.py"
_AT_ONCE_TESTS = "tests/alerting/test_at_once.py"

_QUIET = (
    one(
        "what-was-inhibited-stays-quiet-for-good",
        _INGEST,
        "        if kept_quiet or are_others:\n",
        "        if are_others:\n",
        _QUIET_TESTS,
    ),
    one(
        "a-crash-between-an-end-and-its-news-keeps-quiet",
        _INGEST,
        "            self._store.write(lambda tx: tx.wake_muted(now_ms)).result()\n        return",
        "        return",
        _QUIET_TESTS,
    ),
    one(
        "after-a-restart-nobody-inhibits",
        _INGEST,
        "                    found.load(read.firing_labels())\n",
        "                    pass\n",
        _QUIET_TESTS,
    ),
    one(
        "alerts-of-one-kind-keep-each-other-quiet",
        "pilotbridge/alerting/inhibition.py",
        "if not (is_both and source.is_target)",
        "",
        _QUIET_TESTS,
    ),
    one(
        "a-quiet-route-never-speaks-again",
        "pilotbridge/alerting/plan.py",
        "(window.until_ms, window) if window else",
        "(None, window) if window else",
        _QUIET_TESTS,
    ),
)

_AGAIN = (
    one(
        "what-fires-again-by-its-old-start-is-lost",
        _EPISODES,
        "        return repeats and at_ms > self.last_seen_at_ms\n",
        "        return False\n",
        _AGAIN_TESTS,
    ),
    one(
        "a-word-that-crossed-the-end-wakes-people",
        _EPISODES,
        "at_ms - self.last_seen_at_ms < LATE_MS",
        "False",
        _AGAIN_TESTS,
    ),
    one(
        "a-late-end-of-a-group-ends-what-is-newer",
        "pilotbridge/alerting/batch.py",
        " and episode.starts_at_ms <= newest_ms",
        "",
        _AGAIN_TESTS,
    ),
    one(
        "what-began-by-a-clock-that-runs-ahead-never-ends",
        _EPISODES,
        "        began_ms = min(self.starts_at_ms, self.last_seen_at_ms)\n",
        "        began_ms = self.starts_at_ms\n",
        _AGAIN_TESTS,
    ),
    one(
        "what-a-plugin-made-less-bad-is-worse-each-time",
        _INGEST,
        "            if episode.worsened_by is None or episode.is_worse_as(alert)\n",
        "",
        "tests/alerting/test_worse.py",
    ),
    one(
        "what-a-source-no-longer-inhibits-stays-quiet",
        _INGEST,
        "        if kept_quiet or are_others:\n",
        "        if kept_quiet:\n",
        _QUIET_TESTS,
    ),
)

_LEASES = (
    one(
        "a-senders-large-group-is-quiet-by-the-labels-of-its-first",
        "pilotbridge/alerting/plan.py",
        "    if not group.sender_group or common is None:\n",
        "    if True:\n",
        "tests/alerting/test_only_about.py",
    ),
    one(
        "a-bridge-that-stood-still-calls-all-of-it-over",
        _INGEST,
        "        if first_ms < now_ms - UNHEARD_MS:\n",
        "        if False:\n",
        _AGAIN_TESTS,
    ),
    one(
        "a-lease-is-over-while-its-renewal-waits",
        _INGEST,
        "        if may_be_renewed:\n",
        "        if False:\n",
        _AGAIN_TESTS,
    ),
)

_STORM = (
    one(
        "a-storm-swallows-what-stays",
        "pilotbridge/alerting/storms/watch.py",
        "        self._raging = set(phones)\n",
        "        self._raging |= set(phones)\n",
        _STORM_TESTS,
    ),
    one(
        "after-a-restart-a-storm-is-told-one-by-one",
        "pilotbridge/alerting/teller.py",
        "StormWatch(storm.recipient for storm in read.open_storms())",
        "StormWatch(())",
        _STORM_TESTS,
    ),
    one(
        "the-end-of-what-a-storm-told-is-kept-from-people",
        _QUERIES,
        "WHERE t.incident_id = ?1 AND s.recipient = ?2 AND s.told_at_ms IS NOT NULL LIMIT 1;",
        "WHERE 0 LIMIT 1;",
        _STORM_TESTS,
    ),
    one(
        "a-storm-counts-as-nobody-told",
        "pilotbridge/oncall/escalation.py",
        "Way.SMS in newest and not is_in_storm",
        "Way.SMS in newest",
        _STORM_TESTS,
    ),
    one(
        "an-incident-gets-the-ref-of-a-storm",
        _QUERIES,
        "UNION SELECT ref FROM storm WHERE ref <> '' AND (closed_at_ms IS NULL OR closed_at_ms >= :since);",
        ";",
        _STORM_TESTS,
    ),
    one(
        "a-storm-of-last-week-is-among-what-somebody-was-told",
        "pilotbridge/store/storm.sql",
        "WHERE s.recipient = ? AND s.told_at_ms >= ? ORDER",
        "WHERE s.recipient = ? AND ? IS NOT NULL ORDER",
        "tests/bridge/test_bridge.py",
    ),
    one(
        "what-was-never-sent-was-told",
        _QUERIES,
        "    AND incident_id IS NOT NULL AND (state <> 'cancelled' OR superseded_by IS NOT NULL))\n",
        "    AND incident_id IS NOT NULL)\n",
        "tests/bridge/test_bridge.py",
    ),
)

_TIMELINES = (
    one(
        "an-end-overtakes-a-beginning-that-was-late",
        "pilotbridge/outbox/late.py",
        "        turn.tx.take_place(late[0].row, new)\n",
        "        pass\n",
        "tests/outbox/test_late.py",
    ),
    one(
        "a-clock-that-shows-a-time-twice-shows-it-once",
        "pilotbridge/intervals.py",
        "            for fold in (0, 1):\n",
        "            for fold in (0,):\n",
        "tests/test_intervals.py",
    ),
    one(
        "days-of-two-clocks-are-taken-for-one",
        "pilotbridge/intervals.py",
        "        while day <= last:\n",
        "        while day < last:\n",
        "tests/test_intervals.py",
    ),
    one(
        "a-moved-clock-is-no-change",
        "pilotbridge/intervals.py",
        "        yield from _clock_change(day, zone)\n",
        "",
        "tests/test_intervals.py",
    ),
    one(
        "that-some-are-over-is-told",
        "pilotbridge/alerting/work.py",
        "        return reason not in (None, Reason.SOME_RESOLVED) and not self.decision.silently\n",
        "        return reason is not None and not self.decision.silently\n",
        "tests/timelines/test_timelines.py",
    ),
    one(
        "a-kept-word-of-severity-is-ours",
        "pilotbridge/alerting/severity.py",
        "        if self.keeps:\n",
        "        if not self.keeps and False:\n",
        "tests/alerting/test_severity.py",
    ),
    one(
        "an-import-copies-a-token",
        "pilotbridge/config/alertmanager/receivers.py",
        '            kept = str(self.folder / str(file)) if file else f"secrets/{name}"\n',
        '            kept = str(self.folder / str(file)) if file else f"secrets/{token}"\n',
        "tests/cli/test_import.py",
    ),
    one(
        "an-import-leaves-a-receiver-with-nobody",
        "pilotbridge/config/alertmanager/receivers.py",
        "        elif not notify and all(map(_is_heartbeat, found)):\n",
        "        elif not notify:\n",
        "tests/cli/test_import.py",
    ),
    one(
        "an-imported-source-has-our-severity",
        "pilotbridge/config/alertmanager/ours.py",
        '"keep_severity": True',
        '"keep_severity": False',
        "tests/acceptance/test_routes_like_amtool.py",
    ),
)

_TOGETHER = (
    one(
        "a-step-is-told-of-what-was-taken-in-a-silence",
        "pilotbridge/store/escalation.sql",
        "SET due_at_ms = :now, wanted = NULL, cause = '' WHERE incident_id = :incident;",
        "SET due_at_ms = :now WHERE incident_id = :incident AND wanted IS NULL;",
        "tests/timelines/test_timelines.py",
    ),
    one(
        "a-step-overtakes-whoever-took-it",
        "pilotbridge/oncall/escalation.py",
        "        if not _is_as_it_was(tx, each.row.incident):\n",
        "        if False:\n",
        "tests/oncall/steps/test_meanwhile.py",
    ),
    one(
        "a-silence-swallows-the-end-of-others",
        "pilotbridge/alerting/decide.py",
        "decision.closes and not standing.over and",
        "decision.closes and not standing.ended and",
        "tests/timelines/test_timelines.py",
    ),
    one(
        "what-flaps-within-one-turn-never-ends",
        "pilotbridge/alerting/recording.py",
        "    return [*(end.id for end in plan.ended), *again]\n",
        "    return [end.id for end in plan.ended]\n",
        "tests/alerting/test_any_order.py",
    ),
    one(
        "steps-follow-a-clock-that-is-set",
        "pilotbridge/store/sql/meta.py",
        '    "shift_escalations",\n',
        "",
        "tests/runtime/test_wall.py",
    ),
    one(
        "storms-follow-a-clock-that-is-set",
        "pilotbridge/store/sql/meta.py",
        '    "shift_storms",\n',
        "",
        "tests/runtime/test_wall.py",
    ),
    one(
        "who-took-it-loses-it-by-a-clock-that-is-set",
        "pilotbridge/store/sql/meta.py",
        '    "shift_acknowledged",\n',
        "",
        "tests/runtime/test_wall.py",
    ),
    one(
        "a-silence-outlives-its-end-by-a-clock-that-is-set",
        _QUERIES,
        "CASE WHEN muted <> '' THEN min(due_at_ms, due_at_ms + :by) ELSE due_at_ms + :by END",
        "due_at_ms + :by",
        "tests/runtime/test_wall.py",
    ),
    one(
        "a-budget-does-not-count-what-goes-below-its-route",
        _QUERIES,
        "(i.route = :route OR i.route LIKE :route || '/%')",
        "i.route = :route",
        "tests/outbox/test_route_budget.py",
    ),
    one(
        "a-budget-does-not-hold-what-goes-below-its-route",
        "pilotbridge/outbox/budget.py",
        'is_below = f"{route}/".startswith(f"{path}/")',
        "is_below = route == path",
        "tests/outbox/test_route_budget.py",
    ),
    one(
        "a-cap-that-stops-everybody-is-said-behind-itself",
        "pilotbridge/outbox/capped.py",
        "severity = Severity.CRITICAL if",
        "severity = Severity.WARNING if",
        "tests/outbox/test_capped.py",
    ),
    one(
        "what-is-on-its-way-counts-towards-no-cap",
        _QUERIES,
        "m.state IN ('queued', 'sending', 'in_doubt')",
        "m.state IN ('held')",
        "tests/outbox/test_holding.py",
    ),
    one(
        "what-somebody-has-is-passed-on-by-others",
        "pilotbridge/oncall/escalation.py",
        "    incident = free_incident(tx, ref)\n    index",
        "    incident = tx.incident_by_ref(ref).incident\n    index",
        "tests/oncall/steps/test_meanwhile.py",
    ),
    one(
        "who-left-the-configuration-is-on-call",
        "pilotbridge/oncall/roster.py",
        "        return [each for each in self._overrides.get(name, ()) if each.contact in contacts]\n",
        "        return list(self._overrides.get(name, ()))\n",
        "tests/oncall/test_overrides.py",
    ),
    one(
        "what-sleeps-counts-as-failed",
        "pilotbridge/store/escalation.sql",
        "CASE WHEN n.state = 'held' AND n.cause = 'quiet_hours' THEN 'queued' ELSE n.state END",
        "n.state",
        "tests/oncall/steps/test_not_delivered.py",
    ),
    one(
        "a-maintenance-that-is-changed-goes-on-unheard",
        "pilotbridge/oncall/silences.py",
        'tells="" if stays or old is None else tx.notice_of(old.id),',
        'tells="",',
        "tests/alerting/test_notices.py",
    ),
    one(
        "new-steps-do-not-lead-what-is-open",
        "pilotbridge/oncall/escalation.py",
        "    tx.begin_missing_escalations(with_steps, now_ms)\n",
        "",
        "tests/oncall/steps/test_going_on.py",
    ),
    one(
        "a-plugin-poisons-the-store",
        "pilotbridge/plugin_manager/sound.py",
        "    return _are_labels(other.labels, alert.labels) and _are_labels(other.annotations, alert.annotations)\n",
        "    return True\n",
        "tests/plugin_manager/test_asking.py",
    ),
    one(
        "a-plugin-says-ten-megabytes",
        "pilotbridge/plugin_manager/sound.py",
        "    if not isinstance(value, str) or len(value) > TEXT_MAX:\n",
        "    if not isinstance(value, str):\n",
        "tests/plugin_manager/test_asking.py",
    ),
    one(
        "what-a-plugin-wrote-is-lost-in-silence",
        "pilotbridge/plugin_manager/asking.py",
        "            self._watch(self._apply(writes), implementation.plugin, hook)\n",
        "            self._apply(writes)\n",
        "tests/plugin_manager/test_asking.py",
    ),
    one(
        "a-storm-is-over-while-more-may-come",
        "pilotbridge/alerting/storms/word.py",
        "open_ones <= (rules.over or 0) and now_ms >= joined_ms + every_ms and open_ones:",
        "open_ones <= (rules.over or 0) and open_ones:",
        "tests/alerting/test_storms.py",
    ),
    one(
        "a-cap-counts-what-a-summary-stands-for",
        "pilotbridge/outbox/late.py",
        "    tx.look_again(new, turn.now_ms)  # what",
        "    # what",
        "tests/outbox/test_late.py",
    ),
    one(
        "a-storm-swallows-what-gets-worse",
        "pilotbridge/alerting/storms/watch.py",
        "        tx.storm_has_news(number, incident)\n",
        "        pass\n",
        "tests/alerting/test_storms.py",
    ),
    one(
        "a-storm-swallows-what-only-its-taker-hears",
        "pilotbridge/alerting/storms/watch.py",
        "        if is_calm or plan.work.decision.to_taker:\n",
        "        if is_calm:\n",
        "tests/alerting/test_storms.py",
    ),
    one(
        "a-hundred-repeats-are-a-hundred-sms",
        "pilotbridge/alerting/storms/watch.py",
        "(self._flooded.add if again > over else self._flooded.discard)(phone)",
        "self._flooded.discard(phone)",
        "tests/alerting/test_storms.py",
    ),
    one(
        "a-storm-says-its-news-for-ever",
        "pilotbridge/store/sql/storms.py",
        '        self.run("storm_news_told", (storm_id,))\n',
        "",
        "tests/alerting/test_storms.py",
    ),
    one(
        "a-repeat-that-a-plugin-kept-back-counts-as-told",
        "pilotbridge/alerting/deliver.py",
        "now_ms if plan.work.is_told and plan.is_recorded else None",
        "now_ms if plan.work.is_told else None",
        "tests/alerting/test_quiet.py",
    ),
    one(
        "what-is-taken-while-it-is-worded-is-told-at-the-last-look",
        "pilotbridge/alerting/deliver.py",
        "revision != each.group.revision and _is_taken_as_planned(tx, plan):",
        "revision != each.group.revision:",
        "tests/alerting/test_flush_together.py",
    ),
    one(
        "what-came-in-while-an-end-was-worded-waits-for-ever",
        "pilotbridge/alerting/deliver.py",
        "            due_ms = later_ms if each.due_at_ms is None else min(each.due_at_ms, later_ms)\n",
        "            due_ms = each.due_at_ms if each.due_at_ms is None else min(each.due_at_ms, later_ms)\n",
        "tests/alerting/test_flush_together.py",
    ),
    one(
        "of-two-silences-the-last-to-end-is-waited-for",
        "pilotbridge/alerting/muting.py",
        "min(mutes, key=lambda mute: (mute.until_ms is None,",
        "max(mutes, key=lambda mute: (mute.until_ms is None,",
        "tests/alerting/test_quiet.py",
    ),
)

_REPLAY = (
    one(
        "a-replay-ends-what-was-only-repeated",
        "pilotbridge/replay/kept.py",
        "        return replace(alert, expires_at=NEVER) if repeats else alert\n",
        "        return alert\n",
        "tests/cli/test_replay_repeats.py",
    ),
    one(
        "a-replay-never-ends-what-nobody-spoke-of",
        "pilotbridge/replay/kept.py",
        "        if ended_ms is not None:\n",
        "        if False:\n",
        "tests/cli/test_replay_repeats.py",
    ),
    one(
        "a-replay-forgets-what-the-bridge-said-of-itself",
        "pilotbridge/replay/play.py",
        "if incoming.source == OWN_SOURCE:",
        "if not incoming.source:",
        "tests/cli/test_replay_faithful.py",
    ),
    one(
        "a-replay-asks-a-network-who-is-on-call",
        "pilotbridge/replay/play.py",
        "        fetch_calendar=None,\n",
        "",
        "tests/cli/test_replay_faithful.py",
    ),
    one(
        "a-replay-takes-the-spool-files-into-a-database-that-is-gone-afterwards",
        "pilotbridge/replay/play.py",
        "    app = App(own, plugins, ground, new_meter(own, plugins))\n",
        "    app = App(own, plugins, ground, new_meter(own, plugins))\n    app.recover()\n",
        "tests/cli/test_replay.py",
    ),
    one(
        "a-replay-forgets-the-silences-of-then",
        "pilotbridge/replay/kept.py",
        "            tx.put_silence(silence, to_ms(silence.starts_at))\n",
        "            pass\n",
        "tests/cli/test_replay_faithful.py",
    ),
    one(
        "paper-delivers-what-may-not-go-yet",
        "pilotbridge/replay/paper.py",
        "        more = sweeping.look_at_held(turn)\n",
        "        more = False\n",
        "tests/cli/test_replay_faithful.py",
    ),
)

_LOOKS = (
    one(
        "a-list-of-few-messages-reads-all-of-them",
        _QUERIES,
        "WHERE m.state = :state AND m.state NOT IN ('queued', 'sending', 'accepted') AND m.id < :before",
        "WHERE m.state = :state AND m.id < :before",
        "tests/store/test_looks.py",
    ),
    one(
        "the-inbox-looks-for-each-text-among-all-posts",
        "pilotbridge/store/people.sql",
        "WHERE p.subject = 'inbound' AND p.subject <> '' AND p.subject_id = inbound.id",
        "WHERE p.subject = 'inbound' AND p.subject_id = inbound.id",
        "tests/store/test_looks.py",
    ),
)

_NAMES = (
    one(
        "what-is-kept-back-uses-up-the-short-refs",
        "pilotbridge/alerting/plan.py",
        "            if work.incident is None:\n                self._give_back(incident.ref)\n",
        "",
        "tests/alerting/test_refs.py",
    ),
    one(
        "one-long-name-hides-all-others-of-a-storm",
        "pilotbridge/alerting/storms/sharing.py",
        "share = left // (len(lengths) - taken)",
        "share = left",
        "tests/alerting/test_storms.py",
    ),
)

_ENDS = "tests/acceptance/test_troubles_end.py"
_OVER = (
    one(
        "what-happened-once-is-a-trouble-for-a-day",
        "pilotbridge/alerting/troubles.py",
        "lasts_ms = int(trouble.lasts.total_seconds() * 1000) if trouble.lasts is not None else 0",
        "lasts_ms = 0",
        _ENDS,
    ),
    one(
        "a-failing-template-keeps-its-own-trouble-alive",
        "pilotbridge/alerting/teller.py",
        "if plan.incident is not None and plan.incident.name == BAD_TEXT:",
        "if False:",
        _ENDS,
    ),
    one(
        "a-plugin-that-is-on-again-stays-a-trouble",
        "pilotbridge/app/whole.py",
        "self.troubles.clear(PLUGIN_FAILING, plugin.name)",
        "pass",
        _ENDS,
    ),
)

_AT_ONCE_OR_LATER = (
    one(
        "a-full-disk-uses-up-the-short-refs",
        "pilotbridge/alerting/teller.py",
        '        """The store failed: what was planned may be on disk all the same, and its refs with it."""\n        self._known_refs = None\n',
        '        """The store failed: what was planned may be on disk all the same, and its refs with it."""\n',
        "tests/acceptance/test_failing_commits.py",
    ),
    one(
        "a-silence-added-meanwhile-does-not-count",
        _AT_ONCE,
        "            and tx.silences(self.look.now_ms) == self.silences\n",
        "",
        _AT_ONCE_TESTS,
    ),
    one(
        "what-got-another-number-is-told-under-the-foreseen-one",
        _AT_ONCE,
        "            and all(groups.get(digest) == number for digest, number in self.groups.items())\n",
        "",
        _AT_ONCE_TESTS,
    ),
    one(
        "a-plugin-is-asked-before-the-alert-is-on-disk",
        _AT_ONCE,
        ' or self._hooks.is_asked("mute_group", "compose_text"):\n',
        ":\n",
        _AT_ONCE_TESTS,
    ),
    one(
        "what-begins-together-keeps-nobody-quiet",
        _AT_ONCE,
        "if not due or rules.settings.inhibit_rules or",
        "if not due or",
        _AT_ONCE_TESTS,
    ),
    one(
        "a-group-that-cannot-be-told-of-takes-the-batch-with-it",
        _INGEST,
        "            if telling is None:\n                raise\n",
        "            raise\n",
        _AT_ONCE_TESTS,
    ),
    one(
        "a-group-that-cannot-be-judged-takes-the-batch-with-it",
        _AT_ONCE,
        '            _log.exception("nothing could be told of at once")\n            return None\n',
        "            raise\n",
        _AT_ONCE_TESTS,
    ),
    one(
        "a-group-that-waits-is-told-at-once",
        _AT_ONCE,
        "if intake.first_look_ms(key, rules, now_ms) <= now_ms]",
        "]",
        _AT_ONCE_TESTS,
    ),
)

ALERTING = (
    one(
        "a-trouble-that-stays-ends-as-if-it-had-only-happened",
        "pilotbridge/alerting/troubles.py",
        "if written_ms is not None and not stays and 0",
        "if written_ms is not None and 0",
        "tests/acceptance/test_troubles_end.py",
    ),
    one(
        "a-text-that-may-not-go-keeps-its-alert-off-the-disk",
        "pilotbridge/alerting/ingest.py",
        "        except (TryLater, Closed):\n            self._at_once.lost()\n",
        "        except PilotBridgeError:\n            self._at_once.lost()\n",
        "tests/alerting/test_at_once.py",
    ),
    *_QUIET,
    *_AT_ONCE_OR_LATER,
    *_AGAIN,
    *_LEASES,
    *_STORM,
    *_TIMELINES,
    *_TOGETHER,
    *_REPLAY,
    *_LOOKS,
    *_OVER,
    *_NAMES,
)
