"""Of sends whose fate is not known yet: doubt, outcomes, and what the network finally says."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import Edit, Mutant, one

_DOUBT = "pilotbridge/outbox/doubt.py"
_LIFECYCLE = "pilotbridge/lifecycle.py"
_SETTLING = "pilotbridge/outbox/settling.py"
_TRACKING = "pilotbridge/outbox/tracking.py"

OUTBOX_SETTLING = (
    one(
        "doubt-cleared-by-a-clean-failure",
        _LIFECYCLE,
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE, Event.CANCEL)\n",
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE, Event.CANCEL, Event.DEFER)\n",
        "tests/test_lifecycle.py",
    ),
    one(
        "what-is-called-off-stays-in-doubt",
        _LIFECYCLE,
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE, Event.CANCEL)\n",
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE)\n",
        "tests/outbox/test_operating.py",
    ),
    one(
        "doubt-is-not-sticky",
        _LIFECYCLE,
        "    if doubt and state is State.SENDING and event is not Event.ACCEPT:\n",
        "    if False:\n",
        "tests/test_lifecycle.py",
    ),
    Mutant(
        "status-goes-backwards",
        (
            Edit(
                _LIFECYCLE,
                "    (S.UNCONFIRMED, E.FAIL): S.UNDELIVERED,\n",
                "    (S.UNCONFIRMED, E.FAIL): S.UNDELIVERED,\n    (S.DELIVERED, E.FAIL): S.UNDELIVERED,\n",
            ),
            Edit(
                _TRACKING,
                "        if row.state not in (State.ACCEPTED, State.UNCONFIRMED):\n            return False\n",
                "        if row.state not in (State.ACCEPTED, State.UNCONFIRMED, State.DELIVERED):\n"
                "            return False\n",
            ),
        ),
        ("tests/outbox/test_tracking.py",),
    ),
    one(
        "shared-texts-are-resent",
        _DOUBT,
        "    if not doubt.window or not doubt.text_is_unique:\n        return False\n",
        "    if not doubt.window:\n        return False\n",
        "tests/outbox/doubt/test_decision.py",
    ),
    one(
        "resend-after-the-deadline",
        _DOUBT,
        "passed + doubt.landing < doubt.window",
        "passed + doubt.landing < 2 * doubt.window",
        "tests/outbox/doubt/test_decision.py",
    ),
    one(
        "resend-forgets-the-landing",
        _DOUBT,
        "passed + doubt.landing < doubt.window",
        "passed < doubt.window",
        "tests/outbox/doubt/test_decision.py",
    ),
    one(
        "the-policy-sends-for-ever",
        _DOUBT,
        "    if doubt.sent_again >= SENT_AGAIN_MAX:\n",
        "    if False:\n",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "the-policy-sends-every-minute",
        _DOUBT,
        "    return min(AGAIN_AFTER * 2**sent_again, AGAIN_AFTER_MAX) if sent_again else timedelta()\n",
        "    return timedelta()\n",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "243-on-a-first-try-is-proof",
        _SETTLING,
        "    if row.text_is_unique and (row.doubt is not None or row.failures):\n",
        "    if row.text_is_unique:\n",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "243-on-a-shared-text-is-proof",
        _SETTLING,
        "    if row.text_is_unique and (row.doubt is not None or row.failures):\n",
        "    if row.doubt is not None or row.failures:\n",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "an-unknown-guard-counts-as-on",
        _SETTLING,
        "        since, max(row.doubt_tries, 1), terms.window, terms.landing,",
        "        since, max(row.doubt_tries, 1), terms.window or UNKNOWN_GUARD, terms.landing,",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "a-refused-retry-settles-the-first-copy",
        _SETTLING,
        "        case Rejected() | Withheld() | Deferred() if row.doubt is not None:\n",
        "        case Rejected() | Withheld() | Deferred() if False:\n",
        "tests/outbox/test_settling.py",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "doubt-counts-from-the-last-try",
        _SETTLING,
        "    since = row.doubt or started\n",
        "    since = started\n",
        "tests/outbox/doubt/test_on_the_wire.py",
        "tests/outbox/test_any_course.py",
    ),
    one(
        "a-lost-answer-is-a-failure",
        _SETTLING,
        "        case Lost(reason, head):\n            return _lost(row, reason, started, now, terms, head=head)\n",
        "        case Lost(reason, head):\n"
        "            return _deferred(row, reason, None, now, terms, rng, counts=True)\n",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "any-refused-text-goes-again-in-latin",
        _SETTLING,
        "    if code in CONTENT_FILTERS and row.critical and",
        "    if row.critical and",
        "tests/outbox/test_sending.py",
    ),
    one(
        "a-guard-of-another-account-is-proof",
        _SETTLING,
        '        "sender": terms.successor_sender,\n        "failures": 0,\n',
        '        "sender": terms.successor_sender,\n',
        "tests/outbox/test_holding.py",
    ),
    one(
        "a-dead-lease-is-a-failure",
        "pilotbridge/outbox/sweeping.py",
        '        _lose(turn, row, "its lease ran out")\n',
        "        turn.move(Move(row.id, row.revision, row.state, Event.DEFER, 'lease', turn.now_ms))\n",
        "tests/outbox/doubt/test_after_a_death.py",
    ),
    one(
        "the-kill-switch-is-not-asked",
        "pilotbridge/outbox/sweeping.py",
        "    if turn.paused:\n",
        "    if False:\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "doubt-lapses-unseen",
        "pilotbridge/outbox/sweeping.py",
        '                turn.sender.meter.count("messages_parked")\n',
        "",
        "tests/outbox/doubt/test_on_the_wire.py",
    ),
    one(
        "a-callback-sets-a-state",
        _TRACKING,
        "        report = answered.reports.get(hint.server_id)\n        row = None if",
        "        report = StatusReport(\n"
        "            hint.server_id, int(hint.status or 0), self._client_id(hint.message_id or MessageId(0)), "
        '0, "", ""\n        )\n        row = None if',
        "tests/outbox/doubt/test_callbacks.py",
        "tests/outbox/test_tracking.py",
    ),
    one(
        "a-token-settles-with-a-strangers-id",
        _TRACKING,
        "        if hint.message_id is not None and report.client_id == self._client_id(hint.message_id):\n",
        "        if hint.message_id is not None:\n",
        "tests/outbox/doubt/test_callbacks.py",
    ),
    one(
        "a-claim-is-dropped-while-the-gateway-is-silent",
        _TRACKING,
        "    if answered.failure:\n        return now_ms + ASK_AGAIN_MS\n",
        "    if answered.failure:\n        return None\n",
        "tests/outbox/test_tracking.py",
    ),
    one(
        "the-last-entry-about-an-id-counts",
        _TRACKING,
        "    return report if known is None or _weight(report) > _weight(known) else known\n",
        "    return report\n",
        "tests/outbox/test_tracking.py",
    ),
    one(
        "an-unknown-id-is-undelivered",
        _TRACKING,
        "    if report is not None and report.status == UNDELIVERED:\n",
        "    if report is not None and report.status in (UNDELIVERED, UNKNOWN_ID):\n",
        "tests/outbox/test_tracking.py",
    ),
    one(
        "no-news-for-days-is-delivered",
        _TRACKING,
        "            event, reason = Event.ELAPSE, UNTOLD\n",
        "            event, reason = Event.CONFIRM, UNTOLD\n",
        "tests/outbox/test_tracking.py",
    ),
    one(
        "the-id-of-an-earlier-copy-takes-the-place-of-the-later-ones",
        "pilotbridge/outbox/tracking.py",
        "State.UNCONFIRMED) and not row.server_id:",
        "State.UNCONFIRMED):",
        "tests/outbox/doubt/test_callbacks.py",
    ),
)
