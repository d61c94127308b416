"""Of the way out: what is put in, held, claimed, sent, late, and what an operator does about it."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import Edit, Mutant, one

_DISPATCH = "pilotbridge/outbox/dispatch.py"
_LATE_TESTS = "tests/outbox/test_late.py"
_SENDING_TESTS = "tests/outbox/test_sending.py"

_RIDING_TESTS = "tests/outbox/test_riding.py"

OUTBOX_SENDING = (
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
        "the-end-of-a-cap-is-held-and-begins-it-anew",
        "pilotbridge/outbox/capped.py",
        "row.incident.name == CAPPED",
        "False",
        "tests/outbox/test_capped.py",
    ),
    one(
        "who-slept-past-the-guard-sends-again",
        "pilotbridge/outbox/claiming.py",
        '    if row.doubt and not doubts.guard_still_knows(doubt_of(row, row.doubt, terms), now):\n        return "not',
        '    if False:\n        return "not',
        "tests/outbox/doubt/test_after_a_death.py",
    ),
    one(
        "a-row-in-doubt-shares-a-packet",
        "pilotbridge/outbox/claiming.py",
        "        return Choice([resend])\n",
        "        return Choice([resend, *_due(turn, critical=False, limit=limit)])\n",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "a-number-twice-in-a-packet",
        "pilotbridge/outbox/claiming.py",
        "    return list(chosen.values())\n",
        "    return list(rows)\n",
        "tests/outbox/test_sending.py",
    ),
    one(
        "doubt-is-resent-while-paused",
        "pilotbridge/outbox/claiming.py",
        "    resend = None if turn.paused else _in_doubt(turn)\n",
        "    resend = _in_doubt(turn)\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "a-backlog-comes-one-by-one",
        "pilotbridge/outbox/claiming.py",
        "    speak_for_late(turn, row)\n    return True\n",
        "    return False\n",
        _LATE_TESTS,
    ),
    one(
        "client-ids-outgrow-31-bits",
        "pilotbridge/outbox/client_ids.py",
        "BASE_MAX = 2**30\n",
        "BASE_MAX = 2**31 - 1\n",
        "tests/outbox/test_sending.py",
    ),
    one(
        "client-ids-begin-at-zero",
        "pilotbridge/outbox/client_ids.py",
        "    base = int(rng.uniform(1, BASE_MAX))\n",
        "    base = 0\n",
        "tests/outbox/test_sending.py",
    ),
    Mutant(
        "intent-after-the-wire",
        (
            Edit(
                _DISPATCH,
                "        settled, reopened = self._unsettled, self._reopened\n",
                "        settled, reopened = self._unsettled, self._reopened\n"
                "        self._unsettled, self._reopened = [], False\n",
            ),
            Edit(
                _DISPATCH,
                "        self._unsettled, self._reopened = [], False\n        try:\n",
                "        try:\n",
            ),
            Edit(
                _DISPATCH,
                "        return self._keep_back(claimed, why) if why else self._submit(claimed)\n",
                "        return now.utc_ms\n",
            ),
            Edit(
                _DISPATCH,
                "        claimed, moved_aside = claim(turn)\n",
                "        claimed, moved_aside = claim(turn)\n"
                "        if claimed:\n            self._submit(claimed)\n",
            ),
        ),
        ("tests/outbox/test_sending.py",),
    ),
    one(
        "who-was-taken-over-sends",
        _DISPATCH,
        "            if not self._owns():\n",
        "            if False:\n",
        "tests/outbox/doubt/test_after_a_death.py",
    ),
    one(
        "a-listener-keeps-back-what-was-claimed",
        _DISPATCH,
        "        finally:  # whatever",
        "        except TryLater:  # whatever",
        "tests/outbox/doubt/test_after_a_death.py",
    ),
    one(
        "what-a-dead-owner-sent-is-forgotten",
        _DISPATCH,
        "            return sweeping.lose_all(self._turn(tx, now))\n",
        "            return 0\n",
        "tests/outbox/doubt/test_after_a_death.py",
    ),
    one(
        "what-waits-for-a-gateway-that-left-waits-for-ever",
        _DISPATCH,
        "            adopt(tx, fleet, now)\n",
        "",
        "tests/outbox/test_sending.py",
    ),
    one(
        "an-outcome-that-met-a-full-disk-is-forgotten",
        _DISPATCH,
        "        settled, reopened = self._unsettled, self._reopened\n",
        "        settled, reopened = self._unsettled, self._reopened\n        self._unsettled = []\n",
        "tests/outbox/doubt/test_after_a_death.py",
    ),
    one(
        "doubt-begins-when-the-answer-is-given-up",
        _DISPATCH,
        "            settle(row, outcome, claimed.started, now, terms, self._sender.rng)\n",
        "            settle(row, outcome, now, now, terms, self._sender.rng)\n",
        "tests/outbox/doubt/test_after_a_death.py",
    ),
    one(
        "what-waits-for-a-dead-gateway-waits-on-when-it-answers",
        _DISPATCH,
        "            tx.hasten_messages(self._gateway.name, now.utc_ms)\n            sweeping",
        "            sweeping",
        _SENDING_TESTS,
    ),
    one(
        "every-sms-goes-by-the-accounts-own-name",
        _DISPATCH,
        "            sender=row.sender,\n",
        "            sender=self._sender.rules.sender,\n",
        _SENDING_TESTS,
    ),
    one(
        "any-country-is-texted",
        "pilotbridge/outbox/enqueue.py",
        "    check_country(tx, order.recipient, postage)\n",
        "",
        "tests/outbox/test_holding.py",
    ),
    one(
        "what-is-for-the-day-after-tomorrow-lapses-tomorrow",
        "pilotbridge/outbox/enqueue.py",
        "        lapses_at_ms=start_ms + lapses_after_ms(",
        "        lapses_at_ms=now_ms + lapses_after_ms(",
        _SENDING_TESTS,
    ),
    one(
        "what-a-cap-holds-goes-before-its-time",
        "pilotbridge/outbox/enqueue.py",
        "        due_at_ms=max(hold.again_ms, start_ms) if hold else start_ms,\n",
        "        due_at_ms=hold.again_ms if hold else start_ms,\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "an-opt-out-forbids-nothing",
        "pilotbridge/outbox/enqueue.py",
        "if order.is_unasked else None",
        "if False else None",
        "tests/relay/test_wishes.py",
    ),
    one(
        "shared-texts-pass-as-unique",
        "pilotbridge/outbox/holding.py",
        "    return read.same_text(recipient, text, now_ms - int(HORIZON.total_seconds() * 1000)) is None\n",
        "    return not same_text_until_ms(\n"
        "        read, recipient, text, Postage('main', '', window=timedelta(minutes=5)), now_ms\n    )\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "equal-texts-do-not-wait",
        "pilotbridge/outbox/holding.py",
        "    if free_ms <= now_ms:\n",
        "    if True:\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "critical-messages-are-capped",
        "pilotbridge/outbox/holding.py",
        "    if not candidate.critical:\n",
        "    if True:\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "quiet-hours-hold-critical-alerts",
        "pilotbridge/outbox/holding.py",
        "    if not candidate.critical and candidate.origin in OF_ALERTS:",
        "    if candidate.origin in OF_ALERTS:",
        _LATE_TESTS,
    ),
    one(
        "an-equal-text-overtakes-what-nobody-knows-of",
        "pilotbridge/outbox/holding.py",
        "    pending = earlier.state in UNSENT or earlier.state is State.PARKED\n",
        "    pending = earlier.state in UNSENT\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "an-end-overtakes-a-beginning-that-was-late",
        "pilotbridge/outbox/late.py",
        "        turn.tx.take_place(late[0].row, new)\n",
        "        pass\n",
        "tests/outbox/test_late.py",
    ),
    one(
        "a-cap-counts-what-a-summary-stands-for",
        "pilotbridge/outbox/late.py",
        "    tx.look_again(new, turn.now_ms)  # what",
        "    # what",
        "tests/outbox/test_late.py",
    ),
    one(
        "what-the-end-of-the-night-lets-go-comes-one-by-one",
        "pilotbridge/outbox/late.py",
        "if not is_old and not _was_quiet(turn, row):",
        "if not is_old:",
        "tests/outbox/test_late.py",
    ),
    one(
        "a-summary-that-waits-says-burning-of-what-is-over",
        "pilotbridge/outbox/late.py",
        "(each.ended_ms is not None and row.created_at_ms < each.ended_ms)",
        "False",
        _LATE_TESTS,
    ),
    one(
        "what-is-over-is-told-as-burning-first",
        "pilotbridge/outbox/late.py",
        'and each.is_overtaken), "")',
        'and False), "")',
        _LATE_TESTS,
    ),
    one(
        "a-summary-in-doubt-gives-way-to-the-next",
        "pilotbridge/outbox/late.py",
        "    return any(each.id == row.id for each in replaced)\n",
        "    return is_news\n",
        _LATE_TESTS,
    ),
    one(
        "a-persons-error-doubles",
        "pilotbridge/outbox/operating.py",
        '    sets = {"failures": max(row.failures, 1)}\n',
        '    sets = {"failures": 0}\n',
        "tests/outbox/test_operating.py",
    ),
    one(
        "what-rode-is-lost-when-the-bridge-ends",
        "pilotbridge/outbox/dispatch.py",
        "            if step.claimed:\n                self._keep_back",
        "            if False:\n                self._keep_back",
        _RIDING_TESTS,
    ),
    one(
        "an-outcome-that-rode-is-written-twice",
        "pilotbridge/outbox/dispatch.py",
        "            step = ride.result()\n            self._unsettled = []\n",
        "            step = ride.result()\n",
        _RIDING_TESTS,
    ),
    one(
        "an-outcome-that-rode-into-nothing-is-forgotten",
        "pilotbridge/outbox/dispatch.py",
        "        if (ride := self._off()) is not None and ride.exception() is None:\n            step = ride.result()\n",
        "        if (ride := self._off()) is not None:\n            step = ride.result()\n",
        _RIDING_TESTS,
    ),
    one(
        "a-ride-that-is-over-is-taken-once-more",
        "pilotbridge/outbox/dispatch.py",
        "        ride, self._riding = self._riding, None\n",
        "        ride = self._riding\n",
        _RIDING_TESTS,
    ),
    one(
        "nobody-wakes-a-sender-that-rode",
        "pilotbridge/outbox/dispatch.py",
        "lambda ride: None if ride.cancelled() else on_ridden()",
        "lambda ride: None",
        _RIDING_TESTS,
    ),
    one(
        "critical-messages-wait-for-company",
        "pilotbridge/outbox/dispatch.py",
        "claimed.rows[0].critical or ",
        "",
        _RIDING_TESTS,
    ),
    one(
        "a-lingering-sender-overlooks-its-ride",
        "pilotbridge/outbox/dispatch.py",
        "        if left_ms > 0 and not self._has_ridden():\n",
        "        if left_ms > 0:\n",
        _RIDING_TESTS,
    ),
)
