"""Who is on call, and what happens when nobody takes it."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_STEPS_TESTS = "tests/oncall/test_steps.py"
_STEPS = "pilotbridge/oncall/steps.py"

_ESCALATION = (
    one(
        "whoever-took-it-changes-nothing",
        _STEPS,
        "    if here.is_taken:\n        return None, None\n    if _is_cut_off",
        "    if _is_cut_off",
        _STEPS_TESTS,
    ),
    one(
        "a-dead-way-is-waited-for",
        _STEPS,
        "    if _is_cut_off(here, index):\n",
        "    if False:\n",
        "tests/relay/test_cards.py",
    ),
    one(
        "nobody-is-asked-before-a-step",
        "pilotbridge/oncall/escalation.py",
        "        if any(asked):\n",
        "        if False:\n",
        _STEPS_TESTS,
    ),
    one(
        "a-step-told-is-told-again-after-a-restart",
        "pilotbridge/alerting/deliver.py",
        "        tx.step_told(known, known.wanted, notification_id, now_ms)\n",
        "        pass\n",
        _STEPS_TESTS,
    ),
    one(
        "news-reach-the-first-step-only",
        "pilotbridge/alerting/work.py",
        "return (0,) if self.decision.frees else self.escalation.told",
        "return (0,)",
        _STEPS_TESTS,
    ),
    one(
        "a-verdict-is-not-heard",
        "pilotbridge/oncall/steps.py",
        "failed=all(each.state in _FAILED for each in sms)",
        "failed=False",
        _STEPS_TESTS,
    ),
    one(
        "after-a-stop-a-step-waits-for-no-answer",
        _STEPS,
        "        return max(at_ms, here.now_ms + ahead_ms), at_ms - ahead_ms\n",
        "        return at_ms, at_ms - ahead_ms\n",
        _STEPS_TESTS,
    ),
)

_ON_CALL = (
    one(
        "a-calendar-that-was-never-read-says-that-nobody-is-on-call",
        "pilotbridge/oncall/roster.py",
        "if schedule.calendar is None or name not in self._events:",
        "if schedule.calendar is None:",
        "tests/cli/test_oncall.py",
    ),
    one(
        "check-believes-whatever-a-plugin-names",
        "pilotbridge/config/names.py",
        "        if kind not in self.known or name in self.known[kind]:\n",
        "        if True:\n",
        "tests/config/test_faults.py",
    ),
    one(
        "a-calendar-nobody-read-has-no-holes",
        "pilotbridge/cli/ahead.py",
        "    if known is None:\n        cause",
        "    if known is None:\n        return None\n        cause",
        "tests/cli/test_check.py",
    ),
    one(
        "a-route-behind-one-that-takes-all-is-not-warned-of",
        "pilotbridge/config/routes.py",
        "        return next((each for each in found if implied(each.matchers, chain)), None)\n",
        "        return None\n",
        "tests/config/test_bad_input.py",
    ),
    one(
        "a-yes-trades-whatever-there-is-now",
        "pilotbridge/rota/swap.py",
        "        return not self.traded or _ahead(self.traded, now_ms) == _ahead(found, now_ms)\n",
        "        return True\n",
        "tests/oncall/test_swaps.py",
    ),
    one(
        "turns-in-utc",
        "pilotbridge/rota/rotation.py",
        "        return moment(self.start + turn * self.every, self.zone)\n",
        "        return moment(self.start, self.zone) + turn * self.every\n",
        "tests/rota/test_rota.py",
    ),
    one(
        "a-skipped-hour-is-any-hour",
        "pilotbridge/rota/local.py",
        "    return _put(there, local.replace(tzinfo=there, fold=1).astimezone(UTC), found)\n",
        "    return found\n",
        "tests/rota/test_rota.py",
    ),
    one(
        "an-hour-that-comes-twice-changes-hands-the-second-time",
        "pilotbridge/rota/local.py",
        "    found = local.replace(tzinfo=there).astimezone(UTC)\n",
        "    found = local.replace(tzinfo=there, fold=1).astimezone(UTC)\n",
        "tests/rota/test_reckoning.py",
    ),
    one(
        "times-of-a-rotation-end-at-its-turns-only",
        "pilotbridge/rota/rotation.py",
        "        yield from (edge for edge in edges(self.only, start, end) if edge < end)\n",
        "        yield from ()\n",
        "tests/rota/test_reckoning.py",
    ),
    one(
        "who-waits-long-is-said-to-wait-for-ever",
        "pilotbridge/config/schedules.py",
        "            if name in due - seen - hidden:\n",
        "            if name not in seen | hidden:\n",
        "tests/config/test_schedules.py",
    ),
    one(
        "a-calendars-hole-is-filled-by-whom-no-sms-reaches",
        "pilotbridge/config/schedules.py",
        "[name for name, contact in contacts.items() if contact.phone])",
        "list(contacts))",
        "tests/config/test_schedules.py",
    ),
    one(
        "the-oldest-decision-counts",
        "pilotbridge/store/oncall.sql",
        "WHERE ends_at_ms > ? ORDER BY id DESC",
        "WHERE ends_at_ms > ? ORDER BY id",
        "tests/oncall/test_overrides.py",
    ),
    one(
        "nobody-in-a-gap",
        "pilotbridge/oncall/roster.py",
        '        return Called(contact, "nobody is on call; stands in", is_gap=True)\n',
        '        return Called("", f"{contact} would stand in", is_gap=True)\n',
        "tests/oncall/test_roster.py",
    ),
    one(
        "a-gap-is-not-said",
        "pilotbridge/alerting/teller.py",
        "        for schedule in plan.work.gaps if plan.letters else ():\n",
        "        for schedule in ():\n",
        "tests/oncall/test_roster.py",
    ),
    one(
        "who-was-told-hears-no-more-after-a-hand-over",
        "pilotbridge/alerting/audience.py",
        "    is_news = decision.reason is not Reason.ESCALATION and not decision.frees\n",
        "    is_news = False\n",
        "tests/oncall/test_roster.py",
    ),
    one(
        "the-second-in-line-is-the-first",
        "pilotbridge/oncall/roster.py",
        "            return called.override.stands_for\n",
        "            return called.contact\n",
        "tests/oncall/test_handover.py",
    ),
    one(
        "anybody-answers-a-swap",
        "pilotbridge/oncall/swaps.py",
        "    if swap.other != by:\n",
        "    if not by:\n",
        "tests/oncall/test_swaps.py",
    ),
    one(
        "a-swap-is-answered-twice",
        "pilotbridge/store/oncall.sql",
        "answered_at_ms = :now WHERE id = :id AND state = 'asked'",
        "answered_at_ms = :now WHERE id = :id",
        "tests/contracts/test_oncall_contract.py",
    ),
    one(
        "a-swap-waits-for-ever",
        "pilotbridge/oncall/handing_over.py",
        "        if is_changed or (due_ms is not None and due_ms <= now_ms):\n",
        "        if is_changed:\n",
        "tests/oncall/test_swaps.py",
    ),
    one(
        "a-trade-takes-what-nobody-was-asked-for",
        "pilotbridge/oncall/swaps.py",
        "spans.append((max(theirs.starts, mine.ends), theirs.ends))",
        "spans = [(spans[0][0], theirs.ends)]",
        "tests/oncall/test_swaps.py",
    ),
    one(
        "a-word-more-is-still-a-yes",
        "pilotbridge/oncall/swap_replies.py",
        "    if len(words) > 1:\n",
        "    if len(words) > 99:\n",
        "tests/oncall/test_swap_replies.py",
    ),
    one(
        "an-unproved-phone-is-on-call",
        "pilotbridge/oncall/handover.py",
        "    return Verdict(Deed.BEGIN if here.is_proved else Deed.KEEP, here.bare)\n",
        "    return Verdict(Deed.BEGIN, here.bare)\n",
        "tests/oncall/test_handover.py",
    ),
    one(
        "an-old-delivery-proves-a-phone",
        "pilotbridge/oncall/handing_over.py",
        "delivered_ms >= row.asked_ms",
        "delivered_ms >= 0",
        "tests/oncall/test_handover.py",
    ),
    one(
        "who-is-on-call-is-forgotten-by-a-restart",
        "pilotbridge/oncall/handover.py",
        "    if here.holder is None or here.is_holder_gone:\n",
        "    if here.holder is None or here.holder.until_ms:\n",
        "tests/oncall/test_handover.py",
    ),
    one(
        "who-comes-does-not-hear-what-is-open",
        "pilotbridge/oncall/handing_over.py",
        "        self._tell_what_is_open(shift.contact)\n",
        "",
        "tests/oncall/test_roster.py",
    ),
    one(
        "a-broken-calendar-names-nobody",
        "pilotbridge/rota/calendar.py",
        '        raise ValueError(f"this is no calendar that can be read: {str(error)[:200]}") from error\n',
        "        return [] if error else []\n",
        "tests/oncall/test_calendars.py",
    ),
    one(
        "what-is-over-by-itself-is-ended-once-more",
        "pilotbridge/store/oncall.sql",
        "WHERE id = :id AND ended_at_ms IS NULL AND ends_at_ms > :now;",
        "WHERE id = :id AND ended_at_ms IS NULL;",
        "tests/oncall/test_overrides.py",
    ),
    one(
        "who-is-relieved-meanwhile-is-told-to-be-on-call",
        "pilotbridge/oncall/handing_over.py",
        "                if _is_as_seen(tx, roster, seen):\n",
        "                if seen:\n",
        "tests/oncall/test_handover.py",
    ),
)

ONCALL = (
    *_ESCALATION,
    *_ON_CALL,
)
