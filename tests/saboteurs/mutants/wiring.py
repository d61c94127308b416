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
)
