"""Of how the parts are joined: the next step, what an orderly end leaves, a clock that is set."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_ESCALATION = "pilotbridge/store/escalation.sql"
_WHOLE = "pilotbridge/app/whole.py"
_WALL = "pilotbridge/runtime/wall.py"
_END_TO_END = "tests/acceptance/test_alert_to_phone.py"
_STEPS = "tests/contracts/test_escalation_contract.py"

WIRING = (
    one(
        "after-a-step-nobody-looks-for-the-next",
        _ESCALATION,
        "  wanted = NULL, cause = '', due_at_ms = :now WHERE incident_id = :incident;\n\n-- name: want_step",
        "  wanted = NULL, cause = '', due_at_ms = NULL WHERE incident_id = :incident;\n\n-- name: want_step",
        _STEPS,
    ),
    one(
        "a-storms-sms-answers-for-a-later-step",
        _ESCALATION,
        " AND t.joined_at_ms >= e.told_at_ms;",
        ";",
        _STEPS,
    ),
    one(
        "while-the-chat-is-away-steps-wait-for-it",
        _WHOLE,
        "[Way.CHAT] if self._chats.are_down() else []",
        "[]",
        "tests/relay/test_cards.py",
    ),
    one(
        "an-orderly-end-leaves-an-sms-in-doubt",
        _WHOLE,
        "        self.sending.finish()\n",
        "",
        _END_TO_END,
    ),
    one(
        "an-orderly-end-posts-twice",
        _WHOLE,
        "        self._chats.finish()\n",
        "",
        "tests/relay/test_crashes.py",
    ),
    one(
        "nobody-asks-for-the-balance",
        "pilotbridge/app/duties.py",
        '        runtime.add_duty(Duty(f"balance {name}", gateway.balance.check_every, '
        "sending.balances[name].turn))\n",
        "",
        _END_TO_END,
    ),
    one(
        "a-wake-in-a-turn-is-slept-through",
        "pilotbridge/runtime/workers.py",
        "            self._woken.clear()\n            rest_s = self._turn()\n",
        "            rest_s = self._turn()\n            self._woken.clear()\n",
        "tests/runtime/test_workers.py",
    ),
    one(
        "a-jump-is-followed-by-the-next-run-too",
        _WALL,
        "        self._note()\n        self._rearm()\n",
        "        self._rearm()\n",
        "tests/runtime/test_wall.py",
    ),
    one(
        "rows-look-overdue-while-a-jump-is-followed",
        _WALL,
        "        if gap_ms < 0:\n            self._clock.adopt(gap_ms)\n        self._shift(gap_ms)\n"
        "        if gap_ms > 0:\n            self._clock.adopt(gap_ms)\n",
        "        self._clock.adopt(gap_ms)\n        self._shift(gap_ms)\n",
        "tests/runtime/test_wall.py",
    ),
    one(
        "whoever-takes-a-storm-takes-it-from-others",
        "pilotbridge/oncall/acknowledgement.py",
        "        if incident.closed_at is None and incident.acknowledged_at is None:\n            _take(",
        "        if incident.closed_at is None:\n            _take(",
        "tests/oncall/test_acknowledgement.py",
    ),
    one(
        "two-accounts-share-a-cursor",
        "pilotbridge/relay/poll.py",
        '        return f"inbound:{self._gateway.name}"\n',
        '        return "inbound"\n',
        "tests/relay/test_poll.py",
    ),
    one(
        "a-hundred-sms-are-all-that-is-dealt-with",
        "pilotbridge/relay/inbound.py",
        "        return self._clock.now_ms() if len(waiting) == BATCH else None\n",
        "        return None\n",
        "tests/relay/test_into_chats.py",
    ),
    one(
        "a-stop-is-not-asked-about-before-a-second-try",
        "pilotbridge/relay/pressing.py",
        "    if optout is not None:\n        return wording",
        "    if False:\n        return wording",
        "tests/relay/test_answers.py",
    ),
    one(
        "updates-that-were-answered-fill-the-door",
        "pilotbridge/web/hooks.py",
        "            self._bodies.release(len(body))\n",
        "            pass\n",
        "tests/web/test_hooks.py",
    ),
    one(
        "half-a-file-is-read-from-the-spool",
        "pilotbridge/web/spool.py",
        ' and not name.startswith("."))',
        ")",
        "tests/web/test_spool.py",
    ),
    one(
        "a-sender-that-leaves-takes-its-neighbours-answer",
        "pilotbridge/web/journal_door.py",
        "            if not waiting.answer.done():\n                waiting.answer.set_result(kept)\n",
        "            waiting.answer.set_result(kept)\n",
        "tests/web/test_intake_commits.py",
    ),
    one(
        "news-put-a-step-off-until-they-are-repeated",
        "pilotbridge/alerting/decide.py",
        "    return replace(decision, due_at_ms=now_ms)\n\n\ndef _of_new",
        "    return decision\n\n\ndef _of_new",
        "tests/oncall/steps/test_meanwhile.py",
    ),
    one(
        "a-source-of-a-reload-is-counted-as-any-other",
        _WHOLE,
        '        self.meter.allow("source", list(settings.sources))\n',
        "",
        "tests/test_metrics.py",
    ),
)
