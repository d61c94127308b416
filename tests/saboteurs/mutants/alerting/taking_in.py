"""Of taking in: what begins, ends, lasts and keeps others quiet."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import Edit, Mutant, one

_AGAIN_TESTS = "tests/alerting/test_holds_again.py"
_EPISODES = "pilotbridge/alerting/episodes.py"
_INGEST = "pilotbridge/alerting/ingest.py"
_ARRIVALS = "pilotbridge/alerting/arrivals.py"
_OFFER_TESTS = "tests/alerting/test_kept_and_taken_in.py"
_ADMISSION = "pilotbridge/alerting/admission.py"
_QUIET_TESTS = "tests/alerting/test_inhibition.py"

ALERTING_TAKING_IN = (
    one(
        "a-word-that-crossed-the-end-wakes-people-in-a-group-nobody-saw-before",
        "pilotbridge/alerting/recording.py",
        "        return self.no_sooner(key.digest, wanted_ms, now_ms)\n",
        "        return wanted_ms\n",
        "tests/alerting/test_holds_again.py",
    ),
    one(
        "a-late-end-of-a-group-ends-what-is-newer",
        "pilotbridge/alerting/batch.py",
        " and episode.starts_at_ms <= newest_ms",
        "",
        _AGAIN_TESTS,
    ),
    one(
        "news-are-forgotten-like-repeats",
        "pilotbridge/alerting/batch.py",
        "        is_news = is_news or episode.state is not before\n",
        "",
        "tests/web/alertmanager/test_door.py",
    ),
    one(
        "a-warning-that-becomes-critical-is-no-news",
        "pilotbridge/alerting/batch.py",
        "            if said != episode.severity:\n",
        '            if said == "":\n',
        "tests/alerting/test_worse.py",
    ),
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
        "what-began-by-a-clock-that-runs-ahead-never-ends",
        _EPISODES,
        "        began_ms = min(self.starts_at_ms, self.last_seen_at_ms)\n",
        "        began_ms = self.starts_at_ms\n",
        _AGAIN_TESTS,
    ),
    one(
        "a-senders-fast-clock-silences-the-next-episode",
        "pilotbridge/alerting/episodes.py",
        " or fell_silent or ran_ahead\n",
        " or fell_silent\n",
        "tests/alerting/test_holds_again.py",
    ),
    one(
        "a-late-repeat-is-news",
        "pilotbridge/alerting/episodes.py",
        "starts_at_ms > self.starts_at_ms or fell_silent",
        "starts_at_ms >= self.starts_at_ms or fell_silent",
        "tests/acceptance/test_senders.py",
        "tests/alerting/test_timelines.py",
    ),
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
        "what-a-plugin-made-less-bad-is-worse-each-time",
        _ADMISSION,
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
        "        if self._arrivals.are_in_the_table:\n",
        "        if False:\n",
        _AGAIN_TESTS,
    ),
    one(
        "a-group-that-cannot-be-told-of-takes-the-batch-with-it",
        _INGEST,
        "            if telling is None:\n                raise\n",
        "            raise\n",
        "tests/alerting/test_at_once.py",
    ),
    one(
        "a-text-that-may-not-go-keeps-its-alert-off-the-disk",
        "pilotbridge/alerting/ingest.py",
        "        except (TryLater, Closed):\n            self._at_once.lost()\n",
        "        except PilotBridgeError:\n            self._at_once.lost()\n",
        "tests/alerting/test_at_once.py",
    ),
    Mutant(
        "what-was-left-in-the-journal-stays-there",
        (
            Edit(
                _INGEST,
                "        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()\n"
                "        self._arrivals.read_the_table()\n",
                "        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()\n",
            ),
            Edit(
                _INGEST,
                "        if now_ms >= self._overdue[1]:\n            self._arrivals.read_the_table()\n",
                "",
            ),
        ),
        ("tests/alerting/test_timelines.py",),
    ),
    one(
        "leases-run-out-while-nobody-is-here",
        _INGEST,
        "        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()\n",
        "",
        "tests/alerting/test_timelines.py",
        "tests/alerting/test_quiet.py",
        "tests/alerting/test_troubles.py",
    ),
    one(
        "stale-is-resolved",
        _INGEST,
        "AlertState.RESOLVED if alert.leased else AlertState.STALE",
        "AlertState.RESOLVED",
        "tests/alerting/test_quiet.py",
        "tests/alerting/test_timelines.py",
    ),
    one(
        "what-was-cut-off-shows-in-a-senders-own-group-only",
        _ADMISSION,
        "        count = batch.left_out.get((alert.source, alert.sender_group), 0)\n",
        "        count = 0\n",
        "tests/alerting/test_timelines.py",
    ),
    one(
        "alerts-of-one-kind-keep-each-other-quiet",
        "pilotbridge/alerting/inhibition.py",
        "if not (is_both and source.is_target)",
        "",
        _QUIET_TESTS,
    ),
    one(
        "what-flaps-within-one-turn-never-ends",
        "pilotbridge/alerting/recording.py",
        "    return [*(end.id for end in plan.ended), *again]\n",
        "    return [end.id for end in plan.ended]\n",
        "tests/alerting/test_any_order.py",
    ),
    one(
        "who-was-told-of-the-warning-hears-no-more",
        "pilotbridge/alerting/recording.py",
        "            tx.tell_members(Told.NOTHING, group, [alert_id])\n",
        "            pass\n",
        "tests/alerting/test_worse.py",
    ),
    one(
        "a-kept-word-of-severity-is-ours",
        "pilotbridge/alerting/severity.py",
        "        if self.keeps:\n",
        "        if not self.keeps and False:\n",
        "tests/alerting/test_severity.py",
    ),
    one(
        "one-of-several-takes-all",
        "pilotbridge/alerting/taking.py",
        "        if group.incident_id is not None and firing.get(group.id) == [known.id]\n",
        "        if group.incident_id is not None\n",
        "tests/alerting/test_taking.py",
    ),
    one(
        "what-happened-once-is-a-trouble-for-a-day",
        "pilotbridge/alerting/troubles.py",
        "lasts_ms = int(trouble.lasts.total_seconds() * 1000) if trouble.lasts is not None else 0",
        "lasts_ms = 0",
        "tests/acceptance/test_troubles_end.py",
    ),
    one(
        "a-trouble-that-stays-ends-as-if-it-had-only-happened",
        "pilotbridge/alerting/troubles.py",
        "if written_ms is not None and not stays and 0",
        "if written_ms is not None and 0",
        "tests/acceptance/test_troubles_end.py",
    ),
    one(
        "an-offer-goes-before-what-waits-in-the-journal",
        _INGEST,
        "            if read.oldest_waiting() is not None:  # it goes before\n                return\n",
        "",
        _OFFER_TESTS,
    ),
    one(
        "an-offer-goes-before-what-is-kept-in-mind",
        _ARRIVALS,
        "            if self._is_behind or self._is_full or self._in_mind or self._offer is not None:\n",
        "            if self._is_behind or self._is_full or self._offer is not None:\n",
        _OFFER_TESTS,
    ),
    one(
        "a-second-offer-is-forgotten",
        _ARRIVALS,
        "            if self._is_behind or self._is_full or self._in_mind or self._offer is not None:\n",
        "            if self._is_behind or self._is_full or self._in_mind:\n",
        _OFFER_TESTS,
    ),
    one(
        "an-offer-is-answered-before-it-is-on-disk",
        _INGEST,
        "            done, told = self._record(plan, rules, telling, now_ms)\n"
        "        except (TryLater, Closed) as",
        "            offer.answer.set_result(list(plan.done))\n"
        "            done, told = self._record(plan, rules, telling, now_ms)\n"
        "        except (TryLater, Closed) as",
        _OFFER_TESTS,
    ),
    one(
        "what-was-taken-back-is-taken-in-as-well",
        _ARRIVALS,
        " if offer is not None and offer.answer.set_running_or_notify_cancel() else None\n",
        "\n",
        _OFFER_TESTS,
    ),
    one(
        "a-sender-waits-for-plugins",
        _INGEST,
        "        if self._hooks.is_asked(*ASKED) or self._has_own_texts()",
        "        if self._has_own_texts()",
        _OFFER_TESTS,
    ),
    one(
        "a-sender-waits-for-a-text-of-the-configuration",
        _INGEST,
        " or self._has_own_texts() or not",
        " or not",
        _OFFER_TESTS,
    ),
    one(
        "an-alert-of-an-offer-has-no-body",
        "pilotbridge/alerting/recording.py",
        "    _keep(tx, plan)\n",
        "",
        _OFFER_TESTS,
    ),
    one(
        "an-offer-believes-the-number-it-foresaw",
        "pilotbridge/alerting/recording.py",
        "        if tx.append_journal(body, waits=False) != (number, True):\n",
        "        if not tx.append_journal(body, waits=False):\n",
        _OFFER_TESTS,
    ),
    one(
        "an-offer-that-was-overtaken-keeps-its-refs",
        _INGEST,
        "            self._at_once.say(telling, ())\n            if isinstance(error, Overtaken):\n",
        "            if isinstance(error, Overtaken):\n",
        _OFFER_TESTS,
    ),
    one(
        "an-offer-with-a-known-key-is-kept-twice",
        _ARRIVALS,
        " or any(body.once is not None for body, _ in offer.bodies):\n",
        ":\n",
        _OFFER_TESTS,
    ),
)
