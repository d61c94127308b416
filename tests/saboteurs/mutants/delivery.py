"""What is on disk before a yes, sends in doubt, the wire, tracking, and what comes late."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import Edit, Mutant, one

_SQLITE = "pilotbridge/store/sqlite.py"
_QUERIES = "pilotbridge/store/queries.sql"
_SETTLING = "pilotbridge/outbox/settling.py"
_DOUBT = "pilotbridge/outbox/doubt.py"
_TRACKING = "pilotbridge/outbox/tracking.py"
_DISPATCH = "pilotbridge/outbox/dispatch.py"
_LIFECYCLE = "pilotbridge/lifecycle.py"
_OUTCOMES = "pilotbridge/smspilot/outcomes.py"
_CLIENT = "pilotbridge/smspilot/client.py"
_TRANSPORT = "pilotbridge/smspilot/transport.py"
_CALLBACK = "pilotbridge/web/callback.py"
_LATE_TESTS = "tests/outbox/test_late.py"

_ON_DISK = (
    Mutant(
        "synchronous-normal",
        (
            Edit(_SQLITE, "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
            Edit(_SQLITE, '(("journal_mode", "wal"), ("synchronous", 2))', '(("journal_mode", "wal"),)'),
        ),
        ("tests/store/test_engine.py", "tests/store/test_power_cut.py"),
    ),
    one(
        "settings-not-read-back",
        _SQLITE,
        "        if found != expected:\n",
        "        if False:\n",
        "tests/store/test_engine.py",
    ),
    one(
        "yes-before-commit",
        "pilotbridge/web/journal_door.py",
        "        self._turn.append(_Waiting(body, parsed, answer))\n",
        "        self._turn.append(_Waiting(body, parsed, answer))\n"
        "        answer.set_result(Kept(JournalId(1), True, body.alerts))\n",
        "tests/web/test_intake_commits.py",
    ),
    one(
        "futures-before-commit",
        "pilotbridge/runtime/writer.py",
        "            self._queue.put((job, future))\n",
        "            def early(tx: WriteVerbs) -> None:\n"
        "                try:\n"
        "                    future.set_result(job(tx))\n"
        "                except Exception as error:\n"
        "                    future.set_exception(error)\n\n"
        "            self._queue.put((early, Future()))\n",
        "tests/store/test_writer.py",
    ),
    one(
        "a-job-loses-its-neighbours",
        _SQLITE,
        '            self._writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")\n',
        '            self._writer.execute("ROLLBACK") if alone else None\n',
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "a-job-alone-is-half-written",
        _SQLITE,
        '            self._writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")\n',
        '            self._writer.execute("COMMIT" if alone else "ROLLBACK TO job")\n',
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "lost-transaction-unnoticed",
        _SQLITE,
        "            if not self._writer.in_transaction or _is_grave(error):\n",
        "            if False:\n",
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "connection-kept-after-io-error",
        _SQLITE,
        "        if _is_grave(cause) or (",
        "        if (",
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    one(
        "a-database-that-went-is-made-anew",
        _SQLITE,
        "        if self._file is not None and (why := why_elsewhere(self.path, self._file)):\n",
        "        if (why := ''):\n",
        "tests/store/test_faults.py",
    ),
    one(
        "a-log-that-went-is-not-missed",
        _SQLITE,
        "        if self._writer is not None and self._log != file_at(log_of(self.path)):\n",
        "        if False:\n",
        "tests/store/test_faults.py",
    ),
    one(
        "what-was-opened-read-only-stays-so",
        _SQLITE,
        "_GRAVE = frozenset({8, 10, 11, 13, 14, 26})\n",
        "_GRAVE = frozenset({10, 11, 13, 14, 26})\n",
        "tests/store/test_faults.py",
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
        "no-fencing",
        _SQLITE,
        "        if self._verbs.epoch() != self._epoch:\n",
        "        if False:\n",
        "tests/store/test_engine.py",
    ),
    one(
        "no-lock",
        _SQLITE,
        "        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "        pass\n",
        "tests/store/test_engine.py",
    ),
    one(
        "no-copy-before-a-migration",
        "pilotbridge/store/migrations/__init__.py",
        "    if version:\n        _copy(",
        "    if False:\n        _copy(",
        "tests/store/test_engine.py",
        "tests/store/test_upkeep.py",
    ),
    one(
        "newer-database-is-opened",
        "pilotbridge/store/migrations/__init__.py",
        "    if version > max(texts):\n",
        "    if False:\n",
        "tests/store/test_engine.py",
        "tests/store/test_upkeep.py",
    ),
    one(
        "restored-messages-are-sent-again",
        "pilotbridge/store/upkeep.py",
        "    message_ids = tx.unsent_ids()\n",
        "    message_ids = tx.unsent_ids()[:0]\n",
        "tests/store/test_upkeep.py",
    ),
    one(
        "a-moment-without-a-database",
        "pilotbridge/store/upkeep.py",
        "        os.link(path, kept)\n",
        "        os.replace(path, kept)\n",
        "tests/store/test_upkeep.py",
    ),
    one(
        "restored-names-are-used-again",
        "pilotbridge/store/upkeep.py",
        "    tx.set_meta(CLIENT_ID_BASE, str(int(rng.uniform(1, 2**30))))\n",
        "",
        "tests/store/test_upkeep.py",
    ),
    one(
        "retention-ignores-state",
        _QUERIES,
        "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at_ms < :before\n"
        "  AND state IN ({finished}) ORDER BY created_at_ms LIMIT :limit);",
        "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at_ms < :before\n"
        "  ORDER BY created_at_ms LIMIT :limit);",
        "tests/store/test_upkeep.py",
    ),
    one(
        "retention-takes-waiting-bodies",
        _QUERIES,
        "\n  AND id NOT IN (SELECT journal_id FROM journal_waiting) ORDER BY received_at_ms LIMIT ?);",
        "\n  ORDER BY received_at_ms LIMIT ?);",
        "tests/store/test_upkeep.py",
    ),
    one(
        "retention-takes-unread-sms",
        _QUERIES,
        "WHERE received_at_ms < ? AND state <> 'received'\n  ORDER BY received_at_ms LIMIT ?);",
        "WHERE received_at_ms < ?\n  ORDER BY received_at_ms LIMIT ?);",
        "tests/store/test_upkeep.py",
    ),
    one(
        "retention-takes-open-incidents",
        _QUERIES,
        "DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE closed_at_ms < ? ORDER BY",
        "DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE opened_at_ms < ? ORDER BY",
        "tests/store/test_upkeep.py",
    ),
    one(
        "door-shut-by-a-failed-commit",
        "pilotbridge/web/journal_door.py",
        "        self._write_turn(loop)\n        error = done.exception()\n        if error is None:\n",
        "        error = done.exception()\n        if error is None:\n            self._write_turn(loop)\n",
        "tests/web/test_intake_commits.py",
    ),
    one(
        "cap-blind-to-its-own-job",
        "pilotbridge/store/sql/outbox.py",
        "        return (row[0] if row else 0) + put_in.count(recipient.e164)\n",
        "        return row[0] if row else 0\n",
        "tests/contracts/test_outbox_contract.py",
    ),
    one(
        "question-before-what-waits",
        "pilotbridge/store/connection.py",
        "        if self._touched and not self._touched.isdisjoint(TABLES[name]):\n",
        "        if False:\n",
        "tests/store/test_statements.py",
    ),
    one(
        "group-flushed-without-compare",
        "pilotbridge/store/sql/alerts.py",
        "revisions.get(each.group.id) == each.group.revision for each",
        "each.group.id in revisions for each",
        "tests/contracts/test_alerting_contract.py",
    ),
    one(
        "compare-and-set-without-compare",
        "pilotbridge/store/sql/outbox.py",
        "            is_current = revisions.get(move.id) == move.revision\n",
        "            is_current = move.id in revisions\n",
        "tests/contracts/test_outbox_contract.py",
        "tests/outbox/test_doubt.py",
    ),
)

_SENDING = (
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
        "tests/outbox/test_doubt.py",
    ),
    one(
        "who-slept-past-the-guard-sends-again",
        "pilotbridge/outbox/claiming.py",
        '    if row.doubt and not doubts.guard_still_knows(doubt_of(row, row.doubt, terms), now):\n        return "not',
        '    if False:\n        return "not',
        "tests/outbox/test_doubt.py",
    ),
    one(
        "a-listener-keeps-back-what-was-claimed",
        _DISPATCH,
        "        finally:  # whatever",
        "        except TryLater:  # whatever",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "243-on-a-first-try-is-proof",
        _SETTLING,
        "    if row.text_is_unique and (row.doubt is not None or row.failures):\n",
        "    if row.text_is_unique:\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "243-on-a-shared-text-is-proof",
        _SETTLING,
        "    if row.text_is_unique and (row.doubt is not None or row.failures):\n",
        "    if row.doubt is not None or row.failures:\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "shared-texts-are-resent",
        _DOUBT,
        "    if not doubt.window or not doubt.text_is_unique:\n        return False\n",
        "    if not doubt.window:\n        return False\n",
        "tests/outbox/test_doubt.py",
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
        "alerts-without-their-number",
        "pilotbridge/alerting/compose.py",
        '    return f"#{ref}.{number}" if number > 1 else f"#{ref}"\n',
        '    return f"#{ref}"\n',
        "tests/alerting/test_timelines.py",
        "tests/alerting/test_texts.py",
    ),
    one(
        "resend-after-the-deadline",
        _DOUBT,
        "passed + doubt.landing < doubt.window",
        "passed + doubt.landing < 2 * doubt.window",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "resend-forgets-the-landing",
        _DOUBT,
        "passed + doubt.landing < doubt.window",
        "passed < doubt.window",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "another-boot-counts-as-no-time",
        "pilotbridge/clock.py",
        "        if self.boot_id != earlier.boot_id or not self.boot_id:\n            return None\n",
        "        if self.boot_id != earlier.boot_id or not self.boot_id:\n            return timedelta()\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "an-unknown-guard-counts-as-on",
        _SETTLING,
        "        since, max(row.doubt_tries, 1), terms.window, terms.landing,",
        "        since, max(row.doubt_tries, 1), terms.window or UNKNOWN_GUARD, terms.landing,",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "wall-clock-for-deadlines",
        "pilotbridge/clock.py",
        "        return timedelta(milliseconds=self.boot_ms - earlier.boot_ms)\n",
        "        return timedelta(milliseconds=self.utc_ms - earlier.utc_ms)\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "a-clock-that-starts-behind-keeps-all-waiting",
        "pilotbridge/runtime/wall.py",
        "        return min(now.utc_ms - noted.utc_ms, 0)\n",
        "        return 0\n",
        "tests/runtime/test_wall.py",
    ),
    one(
        "one-account-that-hangs-costs-the-others",
        "pilotbridge/service.py",
        "        await loop.run_in_executor(None, app.finish)  # one",
        "        else:\n            await loop.run_in_executor(None, app.finish)  # one",
        "tests/process/test_telegram.py",
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
        "doubt-cleared-by-a-clean-failure",
        _LIFECYCLE,
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE)\n",
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE, Event.DEFER)\n",
        "tests/test_lifecycle.py",
    ),
    one(
        "doubt-is-not-sticky",
        _LIFECYCLE,
        "    if doubt and state is State.SENDING and event is not Event.ACCEPT:\n",
        "    if False:\n",
        "tests/test_lifecycle.py",
    ),
    one(
        "a-refused-retry-settles-the-first-copy",
        _SETTLING,
        "        case Rejected() | Withheld() | Deferred() if row.doubt is not None:\n",
        "        case Rejected() | Withheld() | Deferred() if False:\n",
        "tests/outbox/test_settling.py",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "doubt-counts-from-the-last-try",
        _SETTLING,
        "    since = row.doubt or started\n",
        "    since = started\n",
        "tests/outbox/test_doubt.py",
        "tests/outbox/test_any_course.py",
    ),
    one(
        "a-lost-answer-is-a-failure",
        _SETTLING,
        "        case Lost(reason, head):\n            return _lost(row, reason, started, now, terms, head=head)\n",
        "        case Lost(reason, head):\n"
        "            return _deferred(row, reason, None, now, terms, rng, counts=True)\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "a-dead-lease-is-a-failure",
        "pilotbridge/outbox/sweeping.py",
        '        _lose(turn, row, "its lease ran out")\n',
        "        turn.move(Move(row.id, row.revision, row.state, Event.DEFER, 'lease', turn.now_ms))\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "what-a-dead-owner-sent-is-forgotten",
        _DISPATCH,
        "            return sweeping.lose_all(self._turn(tx, now))\n",
        "            return 0\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "what-waits-for-a-gateway-that-left-waits-for-ever",
        _DISPATCH,
        "            adopt(tx, fleet, now)\n",
        "",
        "tests/outbox/test_sending.py",
    ),
    one(
        "a-row-in-doubt-shares-a-packet",
        "pilotbridge/outbox/claiming.py",
        "        return Choice([resend])\n",
        "        return Choice([resend, *_due(turn, critical=False, limit=limit)])\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "a-number-twice-in-a-packet",
        "pilotbridge/outbox/claiming.py",
        "    return list(chosen.values())\n",
        "    return list(rows)\n",
        "tests/outbox/test_sending.py",
    ),
    one(
        "any-refused-text-goes-again-in-latin",
        _SETTLING,
        "    if code in CONTENT_FILTERS and row.critical and",
        "    if row.critical and",
        "tests/outbox/test_sending.py",
    ),
    one(
        "successors-do-not-wait",
        _QUERIES,
        "  AND (after_id IS NULL OR state <> 'queued' OR lapses_at_ms <= :now OR NOT EXISTS (\n"
        "    SELECT 1 FROM message p WHERE p.id = m.after_id AND p.state IN "
        "('queued', 'sending', 'in_doubt', 'held')))\n",
        "",
        "tests/outbox/test_sending.py",
        "tests/contracts/test_outbox_contract.py",
    ),
    one(
        "successors-do-not-wait-for-doubt",
        _QUERIES,
        "OR lapses_at_ms <= :now OR NOT EXISTS (\n"
        "    SELECT 1 FROM message p WHERE p.id = m.after_id AND p.state IN "
        "('queued', 'sending', 'in_doubt', 'held')))",
        "OR lapses_at_ms <= :now OR NOT EXISTS (\n"
        "    SELECT 1 FROM message p WHERE p.id = m.after_id AND p.state IN ('queued', 'sending', 'held')))",
        "tests/outbox/test_sending.py",
        "tests/contracts/test_outbox_contract.py",
    ),
    one(
        "a-persons-error-doubles",
        "pilotbridge/outbox/operating.py",
        '    sets = {"failures": max(row.failures, 1)}\n',
        '    sets = {"failures": 0}\n',
        "tests/outbox/test_operating.py",
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
    one(
        "critical-messages-are-capped",
        "pilotbridge/outbox/holding.py",
        "    if not candidate.critical:\n",
        "    if True:\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "the-kill-switch-is-not-asked",
        "pilotbridge/outbox/sweeping.py",
        "    if turn.paused:\n",
        "    if False:\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "doubt-is-resent-while-paused",
        "pilotbridge/outbox/claiming.py",
        "    resend = None if turn.paused else _in_doubt(turn)\n",
        "    resend = _in_doubt(turn)\n",
        "tests/outbox/test_holding.py",
    ),
    one(
        "a-guard-of-another-account-is-proof",
        _SETTLING,
        '        "sender": terms.successor_sender,\n        "failures": 0,\n',
        '        "sender": terms.successor_sender,\n',
        "tests/outbox/test_holding.py",
    ),
    one(
        "the-policy-sends-for-ever",
        _DOUBT,
        "    if doubt.sent_again >= SENT_AGAIN_MAX:\n",
        "    if False:\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "the-policy-sends-every-minute",
        _DOUBT,
        "    return min(AGAIN_AFTER * 2**sent_again, AGAIN_AFTER_MAX) if sent_again else timedelta()\n",
        "    return timedelta()\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "doubt-lapses-unseen",
        "pilotbridge/outbox/sweeping.py",
        '                turn.sender.meter.count("messages_parked")\n',
        "",
        "tests/outbox/test_doubt.py",
    ),
)

_WIRE = (
    one(
        "5xx-after-the-body-is-a-failure",
        _CLIENT,
        '            return outcomes.same_for_all(packet, self._lost(f"HTTP {answer.status}", answer))\n',
        '            return outcomes.same_for_all(packet, Deferred(f"HTTP {answer.status}"))\n',
        "tests/smspilot/test_client.py",
    ),
    one(
        "an-unread-answer-is-a-failure",
        _CLIENT,
        '            return outcomes.same_for_all(packet, self._lost(f"cannot be read: {torn.reason}", answer))\n',
        '            return outcomes.same_for_all(packet, Deferred(f"cannot be read: {torn.reason}"))\n',
        "tests/smspilot/test_client.py",
    ),
    one(
        "an-unknown-code-drops-the-message",
        _OUTCOMES,
        "        case Meaning.CONTENT | Meaning.RECIPIENT:\n",
        "        case Meaning.CONTENT | Meaning.RECIPIENT | Meaning.UNKNOWN:\n",
        "tests/outbox/test_sending.py",
        "tests/smspilot/test_client.py",
    ),
    one(
        "no-money-drops-the-message",
        "pilotbridge/smspilot/wire/errors.py",
        "    Code(241, _R, _BALANCE, ",
        "    Code(241, _R, _CONTENT, ",
        "tests/smspilot/test_wire_errors.py",
        "tests/outbox/test_holding.py",
    ),
    one(
        "a-missing-entry-is-a-failure",
        _OUTCOMES,
        '    return Lost("the gateway\'s answer has no entry for this message")\n',
        '    return Deferred("the gateway\'s answer has no entry for this message")\n',
        "tests/smspilot/test_client.py",
    ),
    one(
        "entries-are-matched-by-number-alone",
        _OUTCOMES,
        '    return client_id, "".join(char for char in number if char.isdigit())\n',
        '    return 0, "".join(char for char in number if char.isdigit())\n',
        "tests/smspilot/test_client.py",
    ),
    one(
        "entries-are-matched-by-id-alone",
        _OUTCOMES,
        '    return client_id, "".join(char for char in number if char.isdigit())\n',
        '    return client_id, ""\n',
        "tests/smspilot/test_client.py",
    ),
    one(
        "a-strange-price-costs-the-acceptance",
        "pilotbridge/smspilot/wire/fields.py",
        "    except Torn:\n        return None\n",
        "    except Torn:\n        raise\n",
        "tests/smspilot/test_wire_client_side.py",
    ),
    one(
        "one-strange-row-tears-the-answer",
        "pilotbridge/smspilot/wire/client_side.py",
        "    if fault is not None and not found:\n",
        "    if fault is not None:\n",
        "tests/smspilot/test_wire_client_side.py",
    ),
    one(
        "an-sms-of-a-strange-type-stops-the-feed",
        "pilotbridge/smspilot/wire/client_side.py",
        "    return Received(*(as_told(row.get(name)) for",
        "    return Received(*(as_text(row.get(name), name) for",
        "tests/smspilot/test_wire_client_side.py",
    ),
    one(
        "a-number-with-a-point-puts-a-send-in-doubt",
        "pilotbridge/smspilot/wire/fields.py",
        "    if is_whole(value):\n        return int(value)\n",
        "    if is_integer(value):\n        return int(value)\n",
        "tests/smspilot/test_wire_client_side.py",
    ),
    one(
        "an-unknown-error-quotes-our-key",
        _CLIENT,
        "        words = self._redaction.head(error.description.encode())\n",
        "        words = error.description\n",
        "tests/smspilot/test_client.py",
    ),
    one(
        "the-gateways-words-are-thrown-away",
        "pilotbridge/smspilot/wire/values.py",
        "        return code_of(self.error, self.description)\n",
        "        return code_of(self.error)\n",
        "tests/smspilot/test_client.py",
    ),
    one(
        "one-strange-row-stops-the-feed",
        _CLIENT,
        "    except Torn:\n        return timeless\n",
        "    except Torn:\n        raise\n",
        "tests/smspilot/test_client.py",
    ),
    one(
        "a-refused-number-must-be-repeated",
        _OUTCOMES,
        '    return _key(sms.client_id, sms.to.digits), _key(sms.client_id, "")\n',
        "    return (_key(sms.client_id, sms.to.digits),)\n",
        "tests/smspilot/test_client.py",
    ),
    one(
        "a-refused-message-loses-its-id",
        "pilotbridge/smspilot/wire/asked_sms.py",
        '_as_given(get("text")), _echoed_number(get("id"))',
        '_as_given(get("text")), 0',
        "tests/smspilot/test_wire_gateway_side.py",
    ),
    one(
        "an-empty-id-is-accepted",
        _OUTCOMES,
        '_NO_ID = ("", "0")\n',
        '_NO_ID = ("none",)\n',
        "tests/smspilot/test_client.py",
    ),
    one(
        "a-redirect-is-an-answer",
        _TRANSPORT,
        "            if 300 <= response.status_code < 400:\n",
        "            if False:\n",
        "tests/smspilot/test_client_transport.py",
    ),
    one(
        "what-has-left-was-not-sent",
        _TRANSPORT,
        "        if parcel.taken:\n",
        "        if False:\n",
        "tests/smspilot/test_client_transport.py",
    ),
    one(
        "an-empty-answer-is-whole",
        _TRANSPORT,
        "        if not body:\n",
        "        if False:\n",
        "tests/smspilot/test_client_transport.py",
        "tests/smspilot/test_client.py",
    ),
    one(
        "half-a-packed-answer-is-whole",
        "pilotbridge/smspilot/body.py",
        "    if not unpacking.eof:\n",
        "    if False:\n",
        "tests/smspilot/test_client_transport.py",
    ),
    one(
        "any-certificate-is-good",
        "pilotbridge/smspilot/tls.py",
        "    context = ssl.create_default_context(",
        "    context = ssl._create_unverified_context(",
        "tests/smspilot/test_client_transport.py",
    ),
    one(
        "moscow-is-utc",
        "pilotbridge/smspilot/wire/times.py",
        "    return _read(written, _MINUTES, moscow())\n",
        "    return _read(written, _MINUTES, UTC)\n",
        "tests/smspilot/test_wire_times.py",
        "tests/relay/test_poll.py",
    ),
    one(
        "moscow-was-always-plus-three",
        "pilotbridge/smspilot/wire/times.py",
        '    return ZoneInfo("Europe/Moscow")\n',
        '    return ZoneInfo("Etc/GMT-3")\n',
        "tests/smspilot/test_wire_times.py",
    ),
    one(
        "since-is-moscow",
        "pilotbridge/smspilot/wire/times.py",
        '    return _in_zone(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")\n',
        '    return _in_zone(moment, moscow()).strftime("%Y-%m-%d %H:%M:%S")\n',
        "tests/smspilot/test_wire_times.py",
    ),
)

_TRACKED = (
    one(
        "a-callback-sets-a-state",
        _TRACKING,
        "        report = answered.reports.get(hint.server_id)\n        row = None if",
        "        report = StatusReport(\n"
        "            hint.server_id, int(hint.status or 0), self._client_id(hint.message_id or MessageId(0)), "
        '0, "", ""\n        )\n        row = None if',
        "tests/outbox/test_doubt.py",
        "tests/outbox/test_tracking.py",
    ),
    one(
        "a-token-settles-with-a-strangers-id",
        _TRACKING,
        "        if hint.message_id is not None and report.client_id == self._client_id(hint.message_id):\n",
        "        if hint.message_id is not None:\n",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "the-tokens-of-callbacks-are-not-compared",
        _CALLBACK,
        "    return MessageId(int(number)) if hmac.compare_digest(token.encode(), expected.encode()) else None\n",
        "    return MessageId(int(number)) if expected else None\n",
        "tests/web/test_callback.py",
    ),
    one(
        "any-place-takes-callbacks",
        _CALLBACK,
        "    if not found:\n        raise LookupError\n",
        "    if not found:\n        return installs[0]\n",
        "tests/web/test_callback.py",
    ),
    one(
        "orphans-are-dropped",
        _CALLBACK,
        "        known = None\n    tx.add_hint(\n",
        "        known = None\n    if known is None:\n        return None\n    tx.add_hint(\n",
        "tests/web/test_callback.py",
    ),
    one(
        "orphans-are-not-matched-again",
        "pilotbridge/store/sql/outbox.py",
        '        self.later("wake_hints", *answered)\n',
        "",
        "tests/outbox/test_doubt.py",
    ),
    one(
        "ok-before-the-callback-is-on-disk",
        _CALLBACK,
        "        await self._keep(claim)\n        return _OK\n",
        "        asyncio.ensure_future(self._keep(claim))\n        return _OK\n",
        "tests/web/test_callback.py",
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
        "no-news-for-days-is-delivered",
        _TRACKING,
        "            event, reason = Event.ELAPSE, UNTOLD\n",
        "            event, reason = Event.CONFIRM, UNTOLD\n",
        "tests/outbox/test_tracking.py",
    ),
)

_LATE = (
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
        "a-backlog-comes-one-by-one",
        "pilotbridge/outbox/claiming.py",
        "    speak_for_late(turn, row)\n    return True\n",
        "    return False\n",
        _LATE_TESTS,
    ),
    one(
        "a-text-in-doubt-is-summed-up-and-so-sent-twice",
        _QUERIES,
        "((m.state = 'queued' AND NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'message' AND e.subject_id = m.id AND e.event = 'lose'))",
        "((m.state = 'queued')",
        "tests/outbox/test_doubt.py",
        _LATE_TESTS,
    ),
    one(
        "whoever-got-a-summary-hears-no-end",
        _QUERIES,
        " OR n.attempts > 0 OR n.state NOT IN ('queued', 'held', 'cancelled'))",
        ")",
        _LATE_TESTS,
    ),
    one(
        "quiet-hours-hold-critical-alerts",
        "pilotbridge/outbox/holding.py",
        "    if not candidate.critical and candidate.origin in OF_ALERTS:",
        "    if candidate.origin in OF_ALERTS:",
        _LATE_TESTS,
    ),
)

DELIVERY = (
    *_ON_DISK,
    *_SENDING,
    *_WIRE,
    *_TRACKED,
    *_LATE,
)
