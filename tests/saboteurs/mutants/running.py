"""Of how it runs: threads, clocks, words and numbers that every room shares, start and end."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_HEARTBEAT = "pilotbridge/heartbeat.py"
_WHOLE = "pilotbridge/app/whole.py"

RUNNING = (
    one(
        "nobody-looks-at-the-disk",
        "pilotbridge/app/duties.py",
        '    runtime.add_duty(Duty("room", ROOM_EVERY, lambda: tell_room(folder, shared.troubles)))\n',
        "",
        "tests/store/test_room.py",
    ),
    one(
        "ping-while-a-worker-fails",
        "pilotbridge/app/duties.py",
        "        work=shared.overseer.why,\n",
        "        work=lambda: '',\n",
        "tests/test_heartbeat.py",
    ),
    one(
        "nobody-asks-for-the-balance",
        "pilotbridge/app/duties.py",
        '        runtime.add_duty(Duty(f"balance {name}", gateway.balance.check_every, '
        "sending.balances[name].turn))\n",
        "",
        "tests/acceptance/test_alert_to_phone.py",
    ),
    one(
        "failing-worker-unseen",
        "pilotbridge/app/overseer.py",
        "            if self._failures >= FAILURES:\n",
        "            if False:\n",
        "tests/test_overseer.py",
    ),
    one(
        "a-plugin-that-is-on-again-stays-a-trouble",
        "pilotbridge/app/whole.py",
        "self.troubles.clear(PLUGIN_FAILING, plugin.name)",
        "pass",
        "tests/acceptance/test_troubles_end.py",
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
        "tests/acceptance/test_alert_to_phone.py",
    ),
    one(
        "an-orderly-end-posts-twice",
        _WHOLE,
        "        self._chats.finish()\n",
        "",
        "tests/relay/test_crashes.py",
    ),
    one(
        "a-source-of-a-reload-is-counted-as-any-other",
        _WHOLE,
        '        self.meter.allow("source", list(settings.sources))\n',
        "",
        "tests/test_metrics.py",
    ),
    one(
        "another-boot-counts-as-no-time",
        "pilotbridge/clock.py",
        "        if self.boot_id != earlier.boot_id or not self.boot_id:\n            return None\n",
        "        if self.boot_id != earlier.boot_id or not self.boot_id:\n            return timedelta()\n",
        "tests/outbox/doubt/test_decision.py",
    ),
    one(
        "wall-clock-for-deadlines",
        "pilotbridge/clock.py",
        "        return timedelta(milliseconds=self.boot_ms - earlier.boot_ms)\n",
        "        return timedelta(milliseconds=self.utc_ms - earlier.utc_ms)\n",
        "tests/outbox/doubt/test_decision.py",
    ),
    one(
        "due-times-follow-the-wall",
        "pilotbridge/clock.py",
        "        return self._machine.boot_ms() + self._offset_ms\n",
        "        return self._machine.now().utc_ms\n",
        "tests/runtime/test_wall.py",
        "tests/acceptance/test_alert_to_phone.py",
    ),
    one(
        "a-ping-although-the-gateway-is-silent",
        _HEARTBEAT,
        '        return "" if not all(whys) else "; ".join(whys)\n',
        '        return ""\n',
        "tests/test_heartbeat.py",
    ),
    one(
        "a-refusal-counts-as-an-answer",
        _HEARTBEAT,
        "isinstance(outcome, Accepted | Guarded)",
        "outcome",
        "tests/test_heartbeat.py",
    ),
    one(
        "a-ping-without-a-commit",
        _HEARTBEAT,
        ".result(self._commits_within_s)",
        "",
        "tests/test_heartbeat.py",
    ),
    one(
        "a-ping-although-a-part-fails",
        _HEARTBEAT,
        "        if failing:\n            self._count(",
        "        if not self._looks:\n            self._count(",
        "tests/test_heartbeat.py",
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
        "secrets-in-logs",
        "pilotbridge/logs.py",
        "            text = self._pattern.sub(HIDDEN, text)\n",
        "            pass\n",
        "tests/test_logs.py",
    ),
    one(
        "callback-paths-in-logs",
        "pilotbridge/logs.py",
        '_SECRET_PATH = re.compile(r"(/callback/[^/\\s]+|',
        '_SECRET_PATH = re.compile(r"(/nowhere/[^/\\s]+|',
        "tests/test_logs.py",
        "tests/web/test_callback.py",
    ),
    one(
        "what-a-group-does-not-show-is-quiet-too",
        "pilotbridge/model.py",
        "            len(held) >= count or self._is_grouped_by(matchers)\n",
        "            len(held) >= 0\n",
        "tests/plugins/quiet_hours/test_quiet_hours.py",
    ),
    one(
        "whole-numbers-in-logs",
        "pilotbridge/phone.py",
        "        return mask(self.e164)\n",
        "        return self.e164\n",
        "tests/test_phone.py",
    ),
    one(
        "every-number-that-looks-russian-is-a-phone",
        "pilotbridge/phone.py",
        "(9(?!300)[0-9]{9})",
        "(9[0-9]{9})",
        "tests/test_phone.py",
    ),
    one(
        "a-ping-follows-redirects",
        "pilotbridge/pinging.py",
        "    if 300 <= status < 400:\n",
        "    if 300 <= status < 400:\n        return\n    if False:\n",
        "tests/test_heartbeat.py",
    ),
    one(
        "a-start-waits-for-the-look-at-the-pages",
        "pilotbridge/runtime/aside.py",
        "    Thread(target=run, name=name, daemon=True).start()\n",
        "    run()\n",
        "tests/store/test_watching.py",
    ),
    one(
        "a-clock-that-starts-behind-keeps-all-waiting",
        "pilotbridge/runtime/wall.py",
        "        return min(now.utc_ms - noted.utc_ms, 0)\n",
        "        return 0\n",
        "tests/runtime/test_wall.py",
    ),
    one(
        "a-jump-is-followed-by-the-next-run-too",
        "pilotbridge/runtime/wall.py",
        "        self._note()\n        self._rearm()\n",
        "        self._rearm()\n",
        "tests/runtime/test_wall.py",
    ),
    one(
        "rows-look-overdue-while-a-jump-is-followed",
        "pilotbridge/runtime/wall.py",
        "        if gap_ms < 0:\n            self._clock.adopt(gap_ms)\n        self._shift(gap_ms)\n"
        "        if gap_ms > 0:\n            self._clock.adopt(gap_ms)\n",
        "        self._clock.adopt(gap_ms)\n        self._shift(gap_ms)\n",
        "tests/runtime/test_wall.py",
    ),
    one(
        "a-wake-in-a-turn-is-slept-through",
        "pilotbridge/runtime/workers.py",
        "            self._woken.clear()\n            rest_s = self._turn()\n",
        "            rest_s = self._turn()\n            self._woken.clear()\n",
        "tests/runtime/test_workers.py",
    ),
    one(
        "futures-before-commit",
        "pilotbridge/runtime/writer.py",
        "                self._queue.put((job, future))\n",
        "                def early(tx: WriteVerbs) -> None:\n"
        "                    try:\n"
        "                        future.set_result(job(tx))\n"
        "                    except Exception as error:\n"
        "                        future.set_exception(error)\n\n"
        "                self._queue.put((early, Future()))\n",
        "tests/store/test_writer.py",
    ),
    one(
        "a-store-that-fails-counts-as-ready",
        "pilotbridge/runtime/writer.py",
        '        self.failing = lost.reason if lost else ""\n',
        "",
        "tests/process/test_adversity.py",
    ),
    one(
        "a-request-that-is-cut-off-ends-the-writer",
        "pilotbridge/runtime/writer.py",
        "    return [each for each in batch if each[1].set_running_or_notify_cancel()]\n",
        "    return list(batch)\n",
        "tests/store/test_writer.py",
    ),
    one(
        "a-writer-that-fails-ends-in-silence",
        "pilotbridge/runtime/writer.py",
        "            self._end(batch, fatal)\n",
        "            return\n",
        "tests/store/test_writer.py",
    ),
    one(
        "one-account-that-hangs-costs-the-others",
        "pilotbridge/service.py",
        "        await loop.run_in_executor(None, app.finish)  # one",
        "        else:\n            await loop.run_in_executor(None, app.finish)  # one",
        "tests/process/test_telegram.py",
    ),
    one(
        "nobody-hears-that-inbound-sms-cannot-be-read",
        "pilotbridge/app/doors.py",
        "            troubles=shared.troubles,\n            wake",
        '            troubles=type("T", (), {"raise_trouble": print, "clear": print})(),\n            wake',
        "tests/relay/test_inbound.py",
    ),
)
