"""Of the outbox: times that were named, outcomes that met a full disk, waits and what ends them."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_DISPATCH = "pilotbridge/outbox/dispatch.py"
_ENQUEUE = "pilotbridge/outbox/enqueue.py"
_SENDING_TESTS = "tests/outbox/test_sending.py"
_HOLDING_TESTS = "tests/outbox/test_holding.py"
_LATE_TESTS = "tests/outbox/test_late.py"

OUTBOX = (
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
        "what-is-for-the-day-after-tomorrow-lapses-tomorrow",
        _ENQUEUE,
        "        lapses_at_ms=start_ms + lapses_after_ms(",
        "        lapses_at_ms=now_ms + lapses_after_ms(",
        _SENDING_TESTS,
    ),
    one(
        "what-a-cap-holds-goes-before-its-time",
        _ENQUEUE,
        "        due_at_ms=max(hold.again_ms, start_ms) if hold else start_ms,\n",
        "        due_at_ms=hold.again_ms if hold else start_ms,\n",
        _HOLDING_TESTS,
    ),
    one(
        "an-equal-text-overtakes-what-nobody-knows-of",
        "pilotbridge/outbox/holding.py",
        "    pending = earlier.state in UNSENT or earlier.state is State.PARKED\n",
        "    pending = earlier.state in UNSENT\n",
        _HOLDING_TESTS,
    ),
    one(
        "the-end-of-a-cap-is-held-and-begins-it-anew",
        "pilotbridge/outbox/capped.py",
        "row.incident.name == CAPPED",
        "False",
        "tests/outbox/test_capped.py",
    ),
    one(
        "a-summary-in-doubt-is-summed-up-and-so-sent-twice",
        "pilotbridge/store/queries.sql",
        " AND NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'message' AND e.subject_id = n.id "
        "AND e.event = 'lose')))\n",
        "))\n",
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
        "the-id-of-an-earlier-copy-takes-the-place-of-the-later-ones",
        "pilotbridge/outbox/tracking.py",
        "State.UNCONFIRMED) and not row.server_id:",
        "State.UNCONFIRMED):",
        "tests/outbox/doubt/test_callbacks.py",
    ),
    one(
        "an-answer-takes-the-place-of-what-a-callback-has-proved",
        "pilotbridge/store/queries.sql",
        "server_id = CASE WHEN server_id = '' THEN coalesce(:server_id, '') ELSE server_id END,",
        "server_id = coalesce(:server_id, server_id),",
        "tests/outbox/doubt/test_callbacks.py",
    ),
)
