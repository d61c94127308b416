"""The saboteurs: one wrong line each, and the tests that must notice it.

Each stands for a promise of ``docs/delivery.md`` or of the threat model. A table and nothing more; what is
done with it is the runner's business.
"""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """``old`` stands once in ``file`` and becomes ``new``."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """Some edits that together break one promise; ``tests`` are the files of which one must fail."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


def _one(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name, (Edit(file, old, new),), tests)


_SQLITE = "pilotbridge/store/sqlite.py"
_QUERIES = "pilotbridge/store/queries.sql"
_SETTLING = "pilotbridge/outbox/settling.py"
_DOUBT = "pilotbridge/outbox/doubt.py"
_TRACKING = "pilotbridge/outbox/tracking.py"
_DISPATCH = "pilotbridge/outbox/dispatch.py"
_POLL = "pilotbridge/relay/poll.py"
_INBOUND = "pilotbridge/relay/inbound.py"
_LIFECYCLE = "pilotbridge/lifecycle.py"
_OUTCOMES = "pilotbridge/smspilot/outcomes.py"
_CLIENT = "pilotbridge/smspilot/client.py"
_TRANSPORT = "pilotbridge/smspilot/transport.py"
_CALLBACK = "pilotbridge/web/callback.py"
_AUTH = "pilotbridge/web/auth.py"
_INGEST = "pilotbridge/alerting/ingest.py"

_ON_DISK = (
    Mutant(
        "synchronous-normal",
        (
            Edit(_SQLITE, "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
            Edit(_SQLITE, '(("journal_mode", "wal"), ("synchronous", 2))', '(("journal_mode", "wal"),)'),
        ),
        ("tests/store/test_engine.py", "tests/store/test_power_cut.py"),
    ),
    _one(
        "settings-not-read-back",
        _SQLITE,
        "        if found != expected:\n",
        "        if False:\n",
        "tests/store/test_engine.py",
    ),
    _one(
        "yes-before-commit",
        "pilotbridge/web/journal_door.py",
        "        self._turn.append(_Waiting(body, parsed, answer))\n",
        "        self._turn.append(_Waiting(body, parsed, answer))\n"
        "        answer.set_result(Kept(JournalId(1), True, body.alerts))\n",
        "tests/web/test_intake_commits.py",
    ),
    _one(
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
    _one(
        "a-job-loses-its-neighbours",
        _SQLITE,
        '            self._writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")\n',
        '            self._writer.execute("ROLLBACK") if alone else None\n',
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    _one(
        "a-job-alone-is-half-written",
        _SQLITE,
        '            self._writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")\n',
        '            self._writer.execute("COMMIT" if alone else "ROLLBACK TO job")\n',
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    _one(
        "lost-transaction-unnoticed",
        _SQLITE,
        "            if not self._writer.in_transaction or _is_grave(error):\n",
        "            if False:\n",
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    _one(
        "connection-kept-after-io-error",
        _SQLITE,
        "        if _is_grave(cause):\n            self._reopen()\n",
        "",
        "tests/store/test_engine.py",
        "tests/store/test_writer.py",
    ),
    _one(
        "no-fencing",
        _SQLITE,
        "        if self._verbs.epoch() != self._epoch:\n",
        "        if False:\n",
        "tests/store/test_engine.py",
    ),
    _one(
        "no-lock",
        _SQLITE,
        "        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "        pass\n",
        "tests/store/test_engine.py",
    ),
    _one(
        "no-copy-before-a-migration",
        "pilotbridge/store/migrations/__init__.py",
        "    if version:\n        _copy(",
        "    if False:\n        _copy(",
        "tests/store/test_engine.py",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "newer-database-is-opened",
        "pilotbridge/store/migrations/__init__.py",
        "    if version > max(texts):\n",
        "    if False:\n",
        "tests/store/test_engine.py",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "restored-messages-are-sent-again",
        "pilotbridge/store/upkeep.py",
        "    message_ids = tx.unsent_ids()\n",
        "    message_ids = tx.unsent_ids()[:0]\n",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "restored-names-are-used-again",
        "pilotbridge/store/upkeep.py",
        "    tx.set_meta(CLIENT_ID_BASE, str(int(rng.uniform(1, 2**30))))\n",
        "",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "retention-ignores-state",
        _QUERIES,
        "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at_ms < :before\n"
        "  AND state IN ({finished}) ORDER BY created_at_ms LIMIT :limit);",
        "DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at_ms < :before\n"
        "  ORDER BY created_at_ms LIMIT :limit);",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "retention-takes-waiting-bodies",
        _QUERIES,
        "\n  AND id NOT IN (SELECT journal_id FROM journal_waiting) ORDER BY received_at_ms LIMIT ?);",
        "\n  ORDER BY received_at_ms LIMIT ?);",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "retention-takes-unread-sms",
        _QUERIES,
        "WHERE received_at_ms < ? AND state <> 'received'\n  ORDER BY received_at_ms LIMIT ?);",
        "WHERE received_at_ms < ?\n  ORDER BY received_at_ms LIMIT ?);",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "retention-takes-open-incidents",
        _QUERIES,
        "DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE closed_at_ms < ? ORDER BY",
        "DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE opened_at_ms < ? ORDER BY",
        "tests/store/test_upkeep.py",
    ),
    _one(
        "compare-and-set-without-compare",
        _QUERIES,
        "  settled_at_ms = CASE WHEN :settled THEN :now ELSE settled_at_ms END, revision = revision + 1\n"
        "WHERE id = :id AND revision = :revision;",
        "  settled_at_ms = CASE WHEN :settled THEN :now ELSE settled_at_ms END, revision = revision + 1\n"
        "WHERE id = :id;",
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
                "        self._unsettled, self._reopened = [], False\n        if step.moved:\n",
                "        if step.moved:\n",
            ),
            Edit(
                _DISPATCH,
                "        return self._submit(step.claimed) if self._owns()",
                "        return now.utc_ms if self._owns()",
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
    _one(
        "who-was-taken-over-sends",
        _DISPATCH,
        "        return self._submit(step.claimed) if self._owns() else now.utc_ms\n",
        "        return self._submit(step.claimed)\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "243-on-a-first-try-is-proof",
        _SETTLING,
        "    if row.text_is_unique and (row.doubt is not None or row.failures):\n",
        "    if row.text_is_unique:\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "243-on-a-shared-text-is-proof",
        _SETTLING,
        "    if row.text_is_unique and (row.doubt is not None or row.failures):\n",
        "    if row.doubt is not None or row.failures:\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "shared-texts-are-resent",
        _DOUBT,
        "    if not doubt.window or not doubt.text_is_unique:\n        return False\n",
        "    if not doubt.window:\n        return False\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "shared-texts-pass-as-unique",
        "pilotbridge/outbox/holding.py",
        "    return read.same_text(recipient, text, now_ms - int(HORIZON.total_seconds() * 1000)) is None\n",
        "    return not same_text_until_ms(\n"
        "        read, recipient, text, Postage('main', '', window=timedelta(minutes=5)), now_ms\n    )\n",
        "tests/outbox/test_holding.py",
    ),
    _one(
        "equal-texts-do-not-wait",
        "pilotbridge/outbox/holding.py",
        "    if free_ms <= now_ms:\n",
        "    if True:\n",
        "tests/outbox/test_holding.py",
    ),
    _one(
        "alerts-without-their-number",
        "pilotbridge/alerting/compose.py",
        '    return f"#{ref}.{number}" if number > 1 else f"#{ref}"\n',
        '    return f"#{ref}"\n',
        "tests/alerting/test_timelines.py",
        "tests/alerting/test_texts.py",
    ),
    _one(
        "resend-after-the-deadline",
        _DOUBT,
        "passed + doubt.landing < doubt.window",
        "passed + doubt.landing < 2 * doubt.window",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "resend-forgets-the-landing",
        _DOUBT,
        "passed + doubt.landing < doubt.window",
        "passed < doubt.window",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "another-boot-counts-as-no-time",
        "pilotbridge/clock.py",
        "        if self.boot_id != earlier.boot_id or not self.boot_id:\n            return None\n",
        "        if self.boot_id != earlier.boot_id or not self.boot_id:\n            return timedelta()\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "an-unknown-guard-counts-as-on",
        _SETTLING,
        "        since, max(row.doubt_tries, 1), terms.window, terms.landing,",
        "        since, max(row.doubt_tries, 1), terms.window or UNKNOWN_GUARD, terms.landing,",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "wall-clock-for-deadlines",
        "pilotbridge/clock.py",
        "        return timedelta(milliseconds=self.boot_ms - earlier.boot_ms)\n",
        "        return timedelta(milliseconds=self.utc_ms - earlier.utc_ms)\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "due-times-follow-the-wall",
        "pilotbridge/clock.py",
        "        return self._machine.boot_ms() + self._offset_ms\n",
        "        return self._machine.now().utc_ms\n",
        "tests/runtime/test_wall.py",
        "tests/acceptance/test_alert_to_phone.py",
    ),
    _one(
        "doubt-cleared-by-a-clean-failure",
        _LIFECYCLE,
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE)\n",
        "    return doubt and event not in (Event.ACCEPT, Event.REQUEUE, Event.DEFER)\n",
        "tests/test_lifecycle.py",
    ),
    _one(
        "doubt-is-not-sticky",
        _LIFECYCLE,
        "    if doubt and state is State.SENDING and event is not Event.ACCEPT:\n",
        "    if False:\n",
        "tests/test_lifecycle.py",
    ),
    _one(
        "a-refused-retry-settles-the-first-copy",
        _SETTLING,
        "        case Rejected() | Withheld() | Deferred() if row.doubt is not None:\n",
        "        case Rejected() | Withheld() | Deferred() if False:\n",
        "tests/outbox/test_settling.py",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "doubt-counts-from-the-last-try",
        _SETTLING,
        "    since = row.doubt or started\n",
        "    since = started\n",
        "tests/outbox/test_doubt.py",
        "tests/outbox/test_any_course.py",
    ),
    _one(
        "a-lost-answer-is-a-failure",
        _SETTLING,
        "        case Lost(reason, head):\n            return _lost(row, reason, started, now, terms, head=head)\n",
        "        case Lost(reason, head):\n"
        "            return _deferred(row, reason, None, now, terms, rng, counts=True)\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "a-dead-lease-is-a-failure",
        "pilotbridge/outbox/sweeping.py",
        '        _lose(turn, row, "its lease ran out")\n',
        "        turn.move(Move(row.id, row.revision, row.state, Event.DEFER, 'lease', turn.now_ms))\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "what-a-dead-owner-sent-is-forgotten",
        _DISPATCH,
        "            return sweeping.lose_all(self._turn(tx, now))\n",
        "            return 0\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "what-waits-for-a-gateway-that-left-waits-for-ever",
        _DISPATCH,
        "            adopt(tx, fleet, now)\n",
        "",
        "tests/outbox/test_sending.py",
    ),
    _one(
        "a-row-in-doubt-shares-a-packet",
        "pilotbridge/outbox/claiming.py",
        "        return Choice([resend])\n",
        "        return Choice([resend, *_due(turn, critical=False, limit=limit)])\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "a-number-twice-in-a-packet",
        "pilotbridge/outbox/claiming.py",
        "    return list(chosen.values())\n",
        "    return list(rows)\n",
        "tests/outbox/test_sending.py",
    ),
    _one(
        "any-refused-text-goes-again-in-latin",
        _SETTLING,
        "    if code in CONTENT_FILTERS and row.critical and",
        "    if row.critical and",
        "tests/outbox/test_sending.py",
    ),
    _one(
        "successors-do-not-wait",
        _QUERIES,
        "  AND (after_id IS NULL OR state <> 'queued' OR lapses_at_ms <= :now OR NOT EXISTS (\n"
        "    SELECT 1 FROM message p WHERE p.id = m.after_id AND p.state IN "
        "('queued', 'sending', 'in_doubt', 'held')))\n",
        "",
        "tests/outbox/test_sending.py",
        "tests/contracts/test_outbox_contract.py",
    ),
    _one(
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
    _one(
        "a-persons-error-doubles",
        "pilotbridge/outbox/operating.py",
        '    sets = {"failures": max(row.failures, 1)}\n',
        '    sets = {"failures": 0}\n',
        "tests/outbox/test_operating.py",
    ),
    _one(
        "client-ids-outgrow-31-bits",
        "pilotbridge/outbox/client_ids.py",
        "BASE_MAX = 2**30\n",
        "BASE_MAX = 2**31 - 1\n",
        "tests/outbox/test_sending.py",
    ),
    _one(
        "client-ids-begin-at-zero",
        "pilotbridge/outbox/client_ids.py",
        "    base = int(rng.uniform(1, BASE_MAX))\n",
        "    base = 0\n",
        "tests/outbox/test_sending.py",
    ),
    _one(
        "critical-messages-are-capped",
        "pilotbridge/outbox/holding.py",
        "    if not candidate.critical:\n",
        "    if True:\n",
        "tests/outbox/test_holding.py",
    ),
    _one(
        "the-kill-switch-is-not-asked",
        "pilotbridge/outbox/sweeping.py",
        "    if turn.paused:\n",
        "    if False:\n",
        "tests/outbox/test_holding.py",
    ),
    _one(
        "doubt-is-resent-while-paused",
        "pilotbridge/outbox/claiming.py",
        "    resend = None if turn.paused else _in_doubt(turn)\n",
        "    resend = _in_doubt(turn)\n",
        "tests/outbox/test_holding.py",
    ),
    _one(
        "a-guard-of-another-account-is-proof",
        _SETTLING,
        '        "sender": terms.successor_sender,\n        "failures": 0,\n',
        '        "sender": terms.successor_sender,\n',
        "tests/outbox/test_holding.py",
    ),
    _one(
        "the-policy-sends-for-ever",
        _DOUBT,
        "    if doubt.sent_again >= SENT_AGAIN_MAX:\n",
        "    if False:\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "the-policy-sends-every-minute",
        _DOUBT,
        "    return min(AGAIN_AFTER * 2**sent_again, AGAIN_AFTER_MAX) if sent_again else timedelta()\n",
        "    return timedelta()\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "doubt-lapses-unseen",
        "pilotbridge/outbox/sweeping.py",
        '                turn.sender.meter.count("messages_parked")\n',
        "",
        "tests/outbox/test_doubt.py",
    ),
)

_WIRE = (
    _one(
        "5xx-after-the-body-is-a-failure",
        _CLIENT,
        '            return outcomes.same_for_all(packet, self._lost(f"HTTP {answer.status}", answer))\n',
        '            return outcomes.same_for_all(packet, Deferred(f"HTTP {answer.status}"))\n',
        "tests/smspilot/test_client.py",
    ),
    _one(
        "an-unread-answer-is-a-failure",
        _CLIENT,
        '            return outcomes.same_for_all(packet, self._lost(f"cannot be read: {torn.reason}", answer))\n',
        '            return outcomes.same_for_all(packet, Deferred(f"cannot be read: {torn.reason}"))\n',
        "tests/smspilot/test_client.py",
    ),
    _one(
        "an-unknown-code-drops-the-message",
        _OUTCOMES,
        "        case Meaning.CONTENT | Meaning.RECIPIENT:\n",
        "        case Meaning.CONTENT | Meaning.RECIPIENT | Meaning.UNKNOWN:\n",
        "tests/outbox/test_sending.py",
        "tests/smspilot/test_client.py",
    ),
    _one(
        "no-money-drops-the-message",
        "pilotbridge/smspilot/wire/errors.py",
        "    Code(241, _R, _BALANCE, ",
        "    Code(241, _R, _CONTENT, ",
        "tests/smspilot/test_wire_errors.py",
        "tests/outbox/test_holding.py",
    ),
    _one(
        "a-missing-entry-is-a-failure",
        _OUTCOMES,
        '    return Lost("the gateway\'s answer has no entry for this message")\n',
        '    return Deferred("the gateway\'s answer has no entry for this message")\n',
        "tests/smspilot/test_client.py",
    ),
    _one(
        "entries-are-matched-by-number-alone",
        _OUTCOMES,
        '    return client_id, "".join(char for char in number if char.isdigit())\n',
        '    return 0, "".join(char for char in number if char.isdigit())\n',
        "tests/smspilot/test_client.py",
    ),
    _one(
        "entries-are-matched-by-id-alone",
        _OUTCOMES,
        '    return client_id, "".join(char for char in number if char.isdigit())\n',
        '    return client_id, ""\n',
        "tests/smspilot/test_client.py",
    ),
    _one(
        "a-strange-price-costs-the-acceptance",
        "pilotbridge/smspilot/wire/fields.py",
        "    except Torn:\n        return None\n",
        "    except Torn:\n        raise\n",
        "tests/smspilot/test_wire_client_side.py",
    ),
    _one(
        "one-strange-row-tears-the-answer",
        "pilotbridge/smspilot/wire/client_side.py",
        "    if fault is not None and not found:\n",
        "    if fault is not None:\n",
        "tests/smspilot/test_wire_client_side.py",
    ),
    _one(
        "one-strange-row-stops-the-feed",
        _CLIENT,
        "    except Torn:\n        return timeless\n",
        "    except Torn:\n        raise\n",
        "tests/smspilot/test_client.py",
    ),
    _one(
        "a-refused-number-must-be-repeated",
        _OUTCOMES,
        '    return _key(sms.client_id, sms.to.digits), _key(sms.client_id, "")\n',
        "    return (_key(sms.client_id, sms.to.digits),)\n",
        "tests/smspilot/test_client.py",
    ),
    _one(
        "a-refused-message-loses-its-id",
        "pilotbridge/smspilot/wire/asked_sms.py",
        '_as_given(get("text")), _echoed_number(get("id"))',
        '_as_given(get("text")), 0',
        "tests/smspilot/test_wire_gateway_side.py",
    ),
    _one(
        "an-empty-id-is-accepted",
        _OUTCOMES,
        '_NO_ID = ("", "0")\n',
        '_NO_ID = ("none",)\n',
        "tests/smspilot/test_client.py",
    ),
    _one(
        "a-redirect-is-an-answer",
        _TRANSPORT,
        "            if 300 <= response.status_code < 400:\n",
        "            if False:\n",
        "tests/smspilot/test_client_transport.py",
    ),
    _one(
        "what-has-left-was-not-sent",
        _TRANSPORT,
        "        if parcel.taken:\n",
        "        if False:\n",
        "tests/smspilot/test_client_transport.py",
    ),
    _one(
        "an-empty-answer-is-whole",
        _TRANSPORT,
        "        if not body:\n",
        "        if False:\n",
        "tests/smspilot/test_client_transport.py",
        "tests/smspilot/test_client.py",
    ),
    _one(
        "half-a-packed-answer-is-whole",
        "pilotbridge/smspilot/body.py",
        "    if not unpacking.eof:\n",
        "    if False:\n",
        "tests/smspilot/test_client_transport.py",
    ),
    _one(
        "any-certificate-is-good",
        "pilotbridge/smspilot/tls.py",
        "    context = ssl.create_default_context(",
        "    context = ssl._create_unverified_context(",
        "tests/smspilot/test_client_transport.py",
    ),
    _one(
        "moscow-is-utc",
        "pilotbridge/smspilot/wire/times.py",
        "    return _read(written, _MINUTES, moscow())\n",
        "    return _read(written, _MINUTES, UTC)\n",
        "tests/smspilot/test_wire_times.py",
        "tests/relay/test_poll.py",
    ),
    _one(
        "moscow-was-always-plus-three",
        "pilotbridge/smspilot/wire/times.py",
        '    return ZoneInfo("Europe/Moscow")\n',
        '    return ZoneInfo("Etc/GMT-3")\n',
        "tests/smspilot/test_wire_times.py",
    ),
    _one(
        "since-is-moscow",
        "pilotbridge/smspilot/wire/times.py",
        '    return _in_zone(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")\n',
        '    return _in_zone(moment, moscow()).strftime("%Y-%m-%d %H:%M:%S")\n',
        "tests/smspilot/test_wire_times.py",
    ),
)

_TRACKED = (
    _one(
        "a-callback-sets-a-state",
        _TRACKING,
        "        report = answered.reports.get(hint.server_id)\n        row = None if",
        "        report = StatusReport(\n"
        "            hint.server_id, int(hint.status or 0), self._client_id(hint.message_id or MessageId(0)), "
        '0, "", ""\n        )\n        row = None if',
        "tests/outbox/test_doubt.py",
        "tests/outbox/test_tracking.py",
    ),
    _one(
        "a-token-settles-with-a-strangers-id",
        _TRACKING,
        "        if hint.message_id is not None and report.client_id == self._client_id(hint.message_id):\n",
        "        if hint.message_id is not None:\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "the-tokens-of-callbacks-are-not-compared",
        _CALLBACK,
        "    return MessageId(int(number)) if hmac.compare_digest(token.encode(), expected.encode()) else None\n",
        "    return MessageId(int(number)) if expected else None\n",
        "tests/web/test_callback.py",
    ),
    _one(
        "any-place-takes-callbacks",
        _CALLBACK,
        "    if not found:\n        raise LookupError\n",
        "    if not found:\n        return installs[0]\n",
        "tests/web/test_callback.py",
    ),
    _one(
        "orphans-are-dropped",
        _CALLBACK,
        "        known = None\n    tx.add_hint(\n",
        "        known = None\n    if known is None:\n        return None\n    tx.add_hint(\n",
        "tests/web/test_callback.py",
    ),
    _one(
        "orphans-are-not-matched-again",
        "pilotbridge/store/sql/outbox.py",
        "        self._wake_hints(move, now_ms)\n        return True\n",
        "        return True\n",
        "tests/outbox/test_doubt.py",
    ),
    _one(
        "ok-before-the-callback-is-on-disk",
        _CALLBACK,
        "        await self._keep(claim)\n        return _OK\n",
        "        asyncio.ensure_future(self._keep(claim))\n        return _OK\n",
        "tests/web/test_callback.py",
    ),
    _one(
        "a-claim-is-dropped-while-the-gateway-is-silent",
        _TRACKING,
        "    if answered.failure:\n        return now_ms + ASK_AGAIN_MS\n",
        "    if answered.failure:\n        return None\n",
        "tests/outbox/test_tracking.py",
    ),
    _one(
        "the-last-entry-about-an-id-counts",
        _TRACKING,
        "    return report if known is None or _weight(report) > _weight(known) else known\n",
        "    return report\n",
        "tests/outbox/test_tracking.py",
    ),
    _one(
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
    _one(
        "no-news-for-days-is-delivered",
        _TRACKING,
        '            event, reason = Event.ELAPSE, "no final status within its lifetime and a day"\n',
        '            event, reason = Event.CONFIRM, "no final status within its lifetime and a day"\n',
        "tests/outbox/test_tracking.py",
    ),
)

_INBOUND_SMS = (
    _one(
        "the-cursor-is-now",
        _POLL,
        "    known = [min(row.created_at, now) for row in rows] + ([cursor] if cursor else [])\n",
        "    known = [now]\n",
        "tests/relay/test_poll.py",
    ),
    _one(
        "the-cursor-follows-the-future",
        _POLL,
        "    known = [min(row.created_at, now) for row in rows]",
        "    known = [row.created_at for row in rows]",
        "tests/relay/test_poll.py",
    ),
    _one(
        "no-overlap",
        _POLL,
        "    return _minute(cursor - overlap)\n",
        "    return _minute(cursor)\n",
        "tests/relay/test_poll.py",
    ),
    _one(
        "the-cursor-before-the-rows",
        _POLL,
        "        fresh = self._store.write(job).result()\n",
        "        if cursor is not None:\n"
        "            self._store.write(lambda tx: tx.set_cursor(self._cursor, to_ms(cursor))).result()\n"
        "        fresh = self._store.write(job).result()\n",
        "tests/relay/test_poll.py",
    ),
    _one(
        "the-cursor-moves-over-a-torn-feed",
        _POLL,
        "            self._not_read(error.reason, now)\n            return\n",
        "            self._not_read(error.reason, now)\n            rows = ()\n            cursor = now\n",
        "tests/relay/test_poll.py",
    ),
    _one(
        "the-feed-counts-twice",
        _QUERIES,
        " ON CONFLICT (gateway, gateway_id) DO NOTHING RETURNING id;",
        " ON CONFLICT (gateway, gateway_id) DO UPDATE SET state = 'received' RETURNING id;",
        "tests/relay/test_poll.py",
    ),
    _one(
        "an-sms-takes-effect-twice",
        _QUERIES,
        "WHERE id = ? AND state = 'received';",
        "WHERE id = ?;",
        "tests/relay/test_inbound.py",
        "tests/contracts/test_outbox_contract.py",
    ),
    _one(
        "effects-before-the-end-of-the-row",
        _INBOUND,
        "            for write in answered.writes:\n                write(tx)\n",
        "            for write in answered.writes:\n                self._store.write(write).result()\n",
        "tests/relay/test_inbound.py",
    ),
    _one(
        "who-was-overtaken-hears-nothing",
        _INBOUND,
        "QUESTIONS = 2\n",
        "QUESTIONS = 1\n",
        "tests/relay/test_inbound.py",
    ),
    _one(
        "a-hook-on-the-writer-thread",
        _INBOUND,
        "            answered = self._hooks.answer_inbound(came.sms)\n",
        "            answered = self._store.write(lambda _tx: self._hooks.answer_inbound(came.sms)).result()\n",
        "tests/relay/test_inbound.py",
    ),
)

_SECRETS = (
    _one(
        "secrets-in-logs",
        "pilotbridge/logs.py",
        "            text = self._pattern.sub(HIDDEN, text)\n",
        "            pass\n",
        "tests/test_logs.py",
    ),
    _one(
        "callback-paths-in-logs",
        "pilotbridge/logs.py",
        '_SECRET_PATH = re.compile(r"(/callback/[^/\\s]+|',
        '_SECRET_PATH = re.compile(r"(/nowhere/[^/\\s]+|',
        "tests/test_logs.py",
        "tests/web/test_callback.py",
    ),
    _one(
        "whole-numbers-in-logs",
        "pilotbridge/phone.py",
        "        return mask(self.e164)\n",
        "        return self.e164\n",
        "tests/test_phone.py",
    ),
    _one(
        "keys-in-kept-answers",
        "pilotbridge/smspilot/redaction.py",
        "            text = text.replace(spelling, _HIDDEN)\n",
        "            pass\n",
        "tests/smspilot/test_client.py",
        "tests/smspilot/test_client_transport.py",
    ),
    _one(
        "an-address-without-a-right",
        "pilotbridge/web/endpoints.py",
        "        authority(request, endpoint)\n",
        "",
        "tests/web/test_endpoints.py",
    ),
    _one(
        "any-token-may-do-anything",
        "pilotbridge/web/auth.py",
        "    if not token.may(right):\n",
        "    if False:\n",
        "tests/web/test_endpoints.py",
    ),
    _one(
        "everybody-is-on-this-machine",
        "pilotbridge/web/endpoints.py",
        "        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback\n",
        "        return True\n",
        "tests/web/test_endpoints.py",
    ),
    _one(
        "other-sites-may-write",
        "pilotbridge/web/endpoints.py",
        "        refuse_other_sites(request)\n",
        "",
        "tests/web/test_endpoints.py",
    ),
    _one(
        "the-signature-is-not-compared",
        _AUTH,
        "    if not _any_same([given], (_sign(key, prefix, body).hex().encode() for key in keys)):\n",
        "    if False:\n",
        "tests/web/test_auth.py",
    ),
    _one(
        "the-standard-signature-is-not-compared",
        _AUTH,
        "    if not _any_same(given, (base64.b64encode(_sign(key, prefix, body)) for key in keys)):\n",
        "    if False:\n",
        "tests/web/test_auth.py",
    ),
    _one(
        "a-signature-lives-for-ever",
        _AUTH,
        "    if abs(now.timestamp() - int(written)) > auth.tolerance.total_seconds():\n",
        "    if False:\n",
        "tests/web/test_auth.py",
    ),
    _one(
        "the-signed-time-is-optional",
        _AUTH,
        "    elif auth.require_timestamp:\n",
        "    elif False:\n",
        "tests/web/test_auth.py",
    ),
    _one(
        "any-bearer-may-post",
        _AUTH,
        "    if not token.same_as(given.secret):\n",
        "    if False:\n",
        "tests/web/test_auth.py",
        "tests/web/test_intake.py",
    ),
    _one(
        "a-source-without-credentials-is-open",
        _AUTH,
        '        raise unknown(f"the source {source.name} has no credentials configured, '
        'so nobody may post here")\n',
        "        return\n",
        "tests/web/test_auth.py",
    ),
    _one(
        "a-label-chooses-the-number",
        "pilotbridge/alerting/deliver.py",
        "        letter.person.phone,\n        letter.text,\n",
        '        letter.person.phone.parse(work.group.labels.get("phone") or letter.person.phone.e164),\n'
        "        letter.text,\n",
        "tests/acceptance/test_alert_to_phone.py",
    ),
    _one(
        "any-country-is-texted",
        "pilotbridge/outbox/enqueue.py",
        "    check_country(tx, order.recipient, postage)\n",
        "",
        "tests/outbox/test_holding.py",
    ),
)

_INTAKE = (
    _one(
        "a-full-store-is-a-4xx",
        "pilotbridge/web/asgi.py",
        '    return Declined(503, "try-later", message, headers=(RETRY_AFTER,))\n',
        '    return Declined(429, "try-later", message, headers=(RETRY_AFTER,))\n',
        "tests/web/test_intake.py",
        "tests/web/test_intake_commits.py",
    ),
    _one(
        "a-repeat-is-a-new-body",
        _QUERIES,
        "SELECT id FROM journal WHERE source = ? AND once = ?;",
        "SELECT id FROM journal WHERE source = ? AND once = ? AND 0;",
        "tests/web/test_intake.py",
        "tests/web/test_intake_commits.py",
        "tests/contracts/test_outbox_contract.py",
    ),
    Mutant(
        "what-was-left-in-the-journal-stays-there",
        (
            Edit(
                _INGEST,
                "        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()\n"
                "        self._read_the_table()\n",
                "        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()\n",
            ),
            Edit(
                _INGEST,
                "        if now_ms >= self._overdue[1]:\n            self._read_the_table()\n",
                "",
            ),
        ),
        ("tests/alerting/test_timelines.py",),
    ),
    _one(
        "leases-run-out-while-nobody-is-here",
        _INGEST,
        "        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()\n",
        "",
        "tests/alerting/test_timelines.py",
        "tests/alerting/test_quiet.py",
        "tests/alerting/test_troubles.py",
    ),
    _one(
        "bodies-of-any-size",
        "pilotbridge/web/bodies.py",
        "        if body_bytes > limit_bytes:\n",
        "        if False:\n",
        "tests/web/test_intake.py",
        "tests/web/test_server.py",
    ),
    _one(
        "packed-bodies-are-taken",
        "pilotbridge/web/bodies.py",
        '    if encoding not in (b"", b"identity"):\n',
        "    if False:\n",
        "tests/web/test_intake.py",
    ),
    _one(
        "a-request-may-drip-for-ever",
        "pilotbridge/web/receiving.py",
        "        self._deadline = None\n        self.transport.abort()\n",
        "        self._deadline = None\n",
        "tests/web/test_server.py",
    ),
    _one(
        "a-wish-for-http2-costs-the-body",
        "pilotbridge/web/receiving.py",
        "super().data_received(without_upgrade(data) if self._is_between else data)",
        "super().data_received(data)",
        "tests/web/test_senders.py",
    ),
    _one(
        "a-senders-fast-clock-silences-the-next-episode",
        "pilotbridge/alerting/episodes.py",
        " or fell_silent or ran_ahead\n",
        " or fell_silent\n",
        "tests/acceptance/test_senders.py",
    ),
    _one(
        "a-late-repeat-is-news",
        "pilotbridge/alerting/episodes.py",
        "starts_at_ms > self.starts_at_ms or fell_silent",
        "starts_at_ms >= self.starts_at_ms or fell_silent",
        "tests/acceptance/test_senders.py",
        "tests/alerting/test_timelines.py",
    ),
    _one(
        "a-refusal-leaves-no-trace",
        "pilotbridge/web/intake.py",
        "        if is_known:\n            await self._record(door, declined, body)\n",
        "",
        "tests/web/test_intake.py",
    ),
    _one(
        "nul-reaches-the-store",
        "pilotbridge/web/posted.py",
        '    if "\\0" in text:\n',
        "    if False:\n",
        "tests/web/test_intake.py",
    ),
    _one(
        "stale-is-resolved",
        _INGEST,
        "AlertState.RESOLVED if alert.leased else AlertState.STALE",
        "AlertState.RESOLVED",
        "tests/alerting/test_quiet.py",
        "tests/alerting/test_timelines.py",
    ),
    _one(
        "a-plugin-that-raises-keeps-quiet",
        "pilotbridge/plugin_manager/asking.py",
        "            self._raised(implementation.plugin, hook, error)\n            return None\n",
        "            raise\n",
        "tests/plugin_manager/test_asking.py",
    ),
)

_BOT = "plugins/pilotbridge_plugins/telegram"
_IN_TELEGRAM = "tests/plugins/telegram"

_PROMETHEUS = "plugins/pilotbridge_plugins/sources/prometheus.py"
_API = "pilotbridge/web/alertmanager/"
_API_TESTS = "tests/web/alertmanager/"

_ALERTMANAGER_API = (
    _one(
        "an-end-to-come-is-an-end",
        _PROMETHEUS,
        "is_over = ends is not None and ends <= now",
        "is_over = ends is not None",
        "tests/plugins/sources/test_prometheus.py",
    ),
    _one(
        "a-lease-that-nothing-ends",
        _PROMETHEUS,
        "expires_at=None if is_over else ends or now + holds_for,",
        "expires_at=None,",
        _API_TESTS + "test_door.py",
    ),
    _one(
        "news-are-forgotten-like-repeats",
        "pilotbridge/alerting/batch.py",
        "        is_news = is_news or episode.state is not before or episode.worsened_by is alert\n",
        "",
        _API_TESTS + "test_door.py",
    ),
    _one(
        "prometheus-hears-200-of-a-refusal",
        _API + "door.py",
        "            await told_declined(declined).give(send)\n            return\n",
        "            pass\n",
        _API_TESTS + "test_door.py",
    ),
    _one(
        "prometheus-is-not-asked-who-it-is",
        _API + "door.py",
        "        return found[0], False\n    check_token",
        "        return found[0], True\n    check_token",
        _API_TESTS + "test_door.py",
    ),
    _one(
        "any-token-posts-alerts",
        _API + "door.py",
        "    check_token(settings.web.tokens, Right.ALERTS, head)\n",
        "",
        _API_TESTS + "test_door.py",
    ),
    _one(
        "whoever-reads-may-silence",
        _API + "silences.py",
        'Endpoint("/api/v2/silences", _answered(self._set), Right.SILENCES,',
        'Endpoint("/api/v2/silences", _answered(self._set), Right.READ,',
        _API_TESTS + "test_status.py",
    ),
    _one(
        "a-silence-is-rewritten",
        "pilotbridge/oncall/silences.py",
        "    stays = old is not None and _may_become(old, wanted, now)\n",
        "    stays = old is not None\n",
        _API_TESTS + "test_silences.py",
    ),
    _one(
        "what-is-kept-quiet-looks-loud",
        _API + "pages.py",
        "    is_quiet = status.silenced_by or status.inhibited_by or muted_by\n",
        "    is_quiet = status.silenced_by\n",
        _API_TESTS + "test_lists.py",
    ),
    _one(
        "another-separator-in-a-fingerprint",
        _API + "fingerprint.py",
        'part.encode() + b"\\xff"',
        'part.encode() + b"\\0"',
        _API_TESTS + "test_lists.py",
    ),
    _one(
        "the-status-tells-whom-receivers-reach",
        "pilotbridge/config/alertmanager_file.py",
        '[{"name": name} for name in settings.receivers]',
        '[{"name": name, "told": [str(c.phone.e164) for c in settings.contacts.values()]} for name in settings.receivers]',
        _API_TESTS + "test_status.py",
    ),
)

_TELEGRAM = (
    _one(
        "an-update-passes-before-it-is-on-disk",
        f"{_BOT}/fetching.py",
        "            await asyncio.wrap_future(future)\n",
        "            pass\n",
        f"{_IN_TELEGRAM}/test_fetching.py",
    ),
    _one(
        "updates-that-count-anew-are-passed-over",
        f"{_BOT}/fetching.py",
        "max(numbers) + 1 if numbers else None\n",
        "max(numbers) + 1 if numbers else self._offset\n",
        f"{_IN_TELEGRAM}/test_fetching.py",
    ),
    _one(
        "a-post-that-may-be-there-was-not-sent",
        f"{_BOT}/wire.py",
        "            if trace.has_left:\n",
        "            if False:\n",
        f"{_IN_TELEGRAM}/test_sockets.py",
    ),
    _one(
        "a-proxy-that-is-asked-has-the-post",
        f"{_BOT}/wire.py",
        ' and told["request"].method != b"CONNECT":\n',
        ":\n",
        f"{_IN_TELEGRAM}/test_sockets.py",
    ),
    _one(
        "a-lost-post-is-simply-posted-again",
        f"{_BOT}/refusals.py",
        "        happens_anew = isinstance(post, NewPost | NewThread)\n",
        "        happens_anew = False\n",
        f"{_IN_TELEGRAM}/test_posting.py",
        f"{_IN_TELEGRAM}/test_fault_hour.py",
    ),
    _one(
        "a-strangers-403-closes-the-room",
        f"{_BOT}/refusals.py",
        "        if _is_strangers(error):\n",
        "        if False:\n",
        f"{_IN_TELEGRAM}/test_posting.py",
    ),
    _one(
        "an-sms-waits-behind-ticks",
        f"{_BOT}/limits.py",
        "GROUP = Limit(20, 60.5, kept=(0, 2, 6))\n",
        "GROUP = Limit(20, 60.5)\n",
        f"{_IN_TELEGRAM}/test_limits.py",
    ),
    _one(
        "telegrams-retry-after-is-not-obeyed",
        f"{_BOT}/limits.py",
        "        free_s = [self._told_s.get(room, 0.0)]\n",
        "        free_s = [0.0]\n",
        f"{_IN_TELEGRAM}/test_limits.py",
    ),
    _one(
        "every-text-in-a-topic-is-a-reply-to-its-first",
        f"{_BOT}/updates.py",
        "    if message.is_topic_message and replied.message_id == message.message_thread_id:\n",
        "    if False:\n",
        f"{_IN_TELEGRAM}/test_updates.py",
    ),
    _one(
        "an-anonymous-admin-is-somebody",
        f"{_BOT}/updates.py",
        "message.sender_chat.title, is_person=False)\n",
        "message.sender_chat.title)\n",
        f"{_IN_TELEGRAM}/test_updates.py",
    ),
    _one(
        "anybody-brings-updates",
        f"{_BOT}/connector.py",
        "        if not hmac.compare_digest(_secret_in(headers), self._webhook_secret().encode()):\n",
        "        if False:\n",
        f"{_IN_TELEGRAM}/test_fetching.py",
    ),
    _one(
        "a-bots-token-stands-in-a-reason",
        f"{_BOT}/refusals.py",
        'return re.sub(re.escape(self.token), "***", text, flags=re.IGNORECASE)\n',
        "return text\n",
        f"{_IN_TELEGRAM}/test_posting.py",
    ),
)

_POSTING = "pilotbridge/outbox/posts/posting.py"
_POST_SETTLING = "pilotbridge/outbox/posts/settling.py"
_POST_CONTENT = "pilotbridge/outbox/posts/content.py"
_HEALING = "pilotbridge/outbox/posts/healing.py"
_DECIDING = "pilotbridge/relay/deciding.py"
_PRESSING = "pilotbridge/relay/pressing.py"
_UPDATES = "pilotbridge/relay/updates.py"
_RELAY_QUERIES = "pilotbridge/store/relay.sql"

_RELAY = (
    _one(
        "a-repeated-post-has-no-mark",
        _POST_CONTENT,
        'return (AGAIN if row.in_doubt_since_ms is not None else "") + head + content.text',
        "return head + content.text",
        "tests/outbox/posts/test_posting.py",
        "tests/relay/test_crashes.py",
    ),
    _one(
        "a-lost-post-is-refused",
        _POST_SETTLING,
        "    if not row.repeats or lost > len(AGAIN_AFTER_S):",
        "    if row.repeats or lost > len(AGAIN_AFTER_S):",
        "tests/outbox/posts/test_posting.py",
    ),
    _one(
        "posts-of-a-dead-owner-are-sent-as-new",
        _POSTING,
        "            rows = tx.posts_sending(self.chat)\n            for row in rows:\n",
        "            rows = tx.posts_sending(self.chat)\n            for row in ():\n",
        "tests/outbox/posts/test_posting.py",
        "tests/relay/test_crashes.py",
    ),
    _one(
        "two-posts-at-once-in-a-room",
        _POSTING,
        "if room not in self._flights]",
        "]",
        "tests/outbox/posts/test_posting.py",
    ),
    _one(
        "a-post-overtakes-the-one-before",
        _RELAY_QUERIES,
        "    AND q.state IN ('queued', 'sending', 'in_doubt', 'held')))",
        "    AND q.state IN ('sending')))",
        "tests/contracts/test_relay_contract.py",
        "tests/outbox/posts/test_posting.py",
    ),
    _one(
        "every-sms-makes-a-thread",
        _HEALING,
        "    if conversation is None or conversation.thread or row.kind is not PostKind.TEXT:",
        "    if conversation is None or row.heals or row.kind is not PostKind.TEXT:",
        "tests/relay/test_both_ways.py",
    ),
    _one(
        "a-reply-to-a-copy-nobody-told-us-of-is-lost",
        "pilotbridge/relay/whose.py",
        "    if written.quoted:\n",
        "    if written.quoted and written.is_private:\n",
        "tests/relay/test_whose.py",
    ),
    _one(
        "a-quote-goes-to-the-first-phone-it-fits",
        "pilotbridge/relay/whose.py",
        "if len(fitting) == 1 else None, bool",
        "if fitting else None, bool",
        "tests/relay/test_whose.py",
    ),
    _one(
        "a-text-in-a-thread-nobody-told-us-of-is-lost",
        "pilotbridge/relay/whose.py",
        "    if not written.thread_title:\n",
        "    if written.thread_title:\n",
        "tests/relay/test_whose.py",
        "tests/plugins/telegram/test_fault_hour.py",
    ),
    _one(
        "a-reply-for-nobody-is-passed-over-in-silence",
        "pilotbridge/relay/deciding.py",
        "    if seen.is_for_a_phone:\n",
        "    if seen.is_for_a_phone and seen.waived:\n",
        "tests/relay/test_whose.py",
    ),
    _one(
        "what-comes-late-from-a-room-that-moved-is-none-of-ours",
        "pilotbridge/relay/texting.py",
        "    here = read.room_now(chat, room)\n",
        "    here = room\n",
        "tests/relay/test_whose.py",
    ),
    _one(
        "somebody-elses-message-is-marked-in-the-new-room",
        "pilotbridge/outbox/posts/settling.py",
        "    if row.kind in (PostKind.MARK, PostKind.EDIT):\n        return (_defer(row, outcome.reason, now_ms), Step",
        "    if row.kind in ():\n        return (_defer(row, outcome.reason, now_ms), Step",
        "tests/relay/test_whose.py",
    ),
    _one(
        "posts-of-a-closed-room-are-forgotten",
        _HEALING,
        '            _move(tx, each, Event.RELEASE, "the room is open to us again", now_ms, now_ms)\n',
        '            _move(tx, each, Event.CANCEL, "the room is open to us again", now_ms, None)\n',
        "tests/relay/test_into_chats.py",
    ),
    _one(
        "every-number-that-looks-russian-is-a-phone",
        "pilotbridge/phone.py",
        "(9(?!300)[0-9]{9})",
        "(9[0-9]{9})",
        "tests/test_phone.py",
    ),
    _one(
        "what-no-alert-waits-for-is-made-by-each-who-asks",
        "pilotbridge/web/later.py",
        "        if self._made is None:\n",
        "        if True:\n",
        "tests/web/test_later.py",
    ),
    _one(
        "a-file-that-is-not-there-is-found-out-at-night",
        "pilotbridge/config/reading.py",
        "        if block is not None:\n            self._warn_of_unread(block, path)\n",
        "",
        "tests/plugins/enrich_from_csv/test_enrich_from_csv.py",
    ),
    _one(
        "a-conversation-that-is-closed-still-counts-as-open",
        "pilotbridge/store/migrations/0019_tallies.sql",
        "  UPDATE tally SET amount = amount - 1 WHERE what = old.state;\nEND;\n\nCREATE TRIGGER conversation_gone",
        "END;\n\nCREATE TRIGGER conversation_gone",
        "tests/contracts/test_tallies.py",
    ),
    _one(
        "a-post-that-is-pruned-still-counts-as-stuck",
        "pilotbridge/store/migrations/0019_tallies.sql",
        "AFTER DELETE ON post WHEN old.is_stuck",
        "AFTER DELETE ON post WHEN NOT old.is_stuck",
        "tests/contracts/test_tallies.py",
    ),
    _one(
        "a-moved-room-leaves-its-conversations-behind",
        "pilotbridge/store/sql/posts.py",
        '        self.run("move_conversations", {"chat": chat, "old": old, "new": new})\n',
        "",
        "tests/contracts/test_relay_contract.py",
    ),
    _one(
        "a-rate-limit-uses-up-an-attempt",
        _POST_SETTLING,
        "    failures = row.failures + error.counts\n",
        "    failures = row.failures + 1\n",
        "tests/outbox/posts/test_posting.py",
    ),
    _one(
        "one-poison-post-starves-the-others",
        _POSTING,
        "now_ms, is_failing=is_failing)",
        "now_ms, is_failing=False)",
        "tests/outbox/posts/test_posting.py",
    ),
    _one(
        "strangers-reach-phones",
        _DECIDING,
        '    if seen.author is None:\n        return Ignore("its author is no contact")\n',
        "",
        "tests/relay/test_answers.py",
    ),
    _one(
        "any-room-will-do",
        _DECIDING,
        "    if not seen.is_ours:\n",
        "    if False:\n",
        "tests/relay/test_deciding.py",
    ),
    _one(
        "viewers-write-to-phones",
        _DECIDING,
        "    return Refuse(wording.VIEWER) if seen.author.role == VIEWER else None\n",
        "    return None\n",
        "tests/relay/test_answers.py",
    ),
    _one(
        "a-text-is-changed-on-its-way",
        "pilotbridge/relay/texting.py",
        "text=marked(tx, phone, text, postage, now_ms) if is_marked else text,",
        "text=marked(tx, phone, text, postage, now_ms) if is_marked else text.strip(),",
        "tests/relay/test_both_ways.py",
    ),
    _one(
        "a-button-works-twice",
        _PRESSING,
        "    if question.answered_at_ms is not None:\n",
        "    if False:\n",
        "tests/relay/test_answers.py",
    ),
    _one(
        "a-button-works-for-ever",
        _PRESSING,
        "    if now_ms - question.asked_at_ms >= OLD_AFTER_MS:\n",
        "    if False:\n",
        "tests/relay/test_answers.py",
    ),
    _one(
        "anybody-overrides-an-opt-out",
        _PRESSING,
        "    if question.kind == Asked.OPTED_OUT and contact.role != ADMIN:\n",
        "    if False:\n",
        "tests/relay/test_wishes.py",
    ),
    _one(
        "an-opt-out-forbids-nothing",
        "pilotbridge/outbox/enqueue.py",
        "if order.is_unasked else None",
        "if False else None",
        "tests/relay/test_wishes.py",
    ),
    _one(
        "a-contact-opts-out-by-sms",
        "pilotbridge/relay/inbound.py",
        "        contact = contact_with(phone.e164, settings)\n        if contact is not None and",
        "        contact = contact_with(phone.e164, settings)\n        if contact is None and False and",
        "tests/relay/test_wishes.py",
    ),
    _one(
        "an-unreadable-update-stops-the-loop",
        _UPDATES,
        '            self._leave(update, UNREADABLE, f"{type(error).__name__}: {error}")\n            return\n',
        "            raise\n",
        "tests/relay/test_anything.py",
    ),
    _one(
        "an-update-that-came-to-nothing-is-kept-quiet",
        _UPDATES,
        '            self._troubles.raise_trouble(Trouble(FAILED, update.chat, f"{what}: {reason}"))\n',
        "",
        "tests/relay/test_anything.py",
    ),
    _one(
        "an-update-counts-again-after-a-crash",
        _UPDATES,
        "update.id, came.state, came.reason, conversation",
        "-1, came.state, came.reason, conversation",
        "tests/relay/test_both_ways.py",
        "tests/relay/test_crashes.py",
    ),
    _one(
        "strangers-words-are-kept",
        "pilotbridge/store/sql/chat_updates.py",
        'keeps_text and state != "ignored"',
        "keeps_text",
        "tests/contracts/test_relay_contract.py",
        "tests/relay/test_answers.py",
    ),
    _one(
        "a-hook-opens-to-anybody",
        "pilotbridge/web/hooks.py",
        "        if connector is None or not any(fits):\n",
        "        if connector is None:\n",
        "tests/web/test_hooks.py",
    ),
    _one(
        "the-secret-of-one-chat-opens-another",
        "pilotbridge/web/callback.py",
        'return _derived(install, f"hook\\0{chat}")',
        'return _derived(install, "hook")',
        "tests/web/test_hooks.py",
    ),
    _one(
        "a-tick-goes-backwards",
        "pilotbridge/relay/ticks.py",
        "    return _RANK[now] > _RANK[told]\n",
        "    return now is not told\n",
        "tests/relay/test_ticks.py",
    ),
)

_SUPPORT_TESTS = "tests/relay/test_support.py"

_SUPPORT = (
    _one(
        "whoever-was-answered-is-still-waited-for",
        _RELAY_QUERIES,
        "state = 'answered', waits_since_ms = NULL, remind_at_ms = NULL WHERE id = :id;",
        "state = 'answered' WHERE id = :id;",
        _SUPPORT_TESTS,
    ),
    _one(
        "a-second-text-starts-the-wait-anew",
        _RELAY_QUERIES,
        "  remind_at_ms = CASE WHEN waits_since_ms IS NULL THEN :remind ELSE remind_at_ms END,\n",
        "  remind_at_ms = :remind,\n",
        _SUPPORT_TESTS,
    ),
    _one(
        "a-reminder-comes-again-and-again",
        "pilotbridge/relay/reminding.py",
        "    more = by < BY_SMS and bool(line.remind)\n",
        "    more = True\n",
        _SUPPORT_TESTS,
    ),
    _one(
        "people-are-reminded-at-night",
        "pilotbridge/relay/reminding.py",
        "    if is_away(line, now):\n",
        "    if is_away(line, now) and not line.remind_after:\n",
        _SUPPORT_TESTS,
    ),
    _one(
        "the-away-text-comes-with-every-sms",
        "pilotbridge/relay/away.py",
        "    tx.away_in(conversation.id, day)\n",
        "",
        _SUPPORT_TESTS,
    ),
    _one(
        "an-away-text-counts-as-an-answer",
        "pilotbridge/relay/away.py",
        "    tx.away_in(conversation.id, day)\n",
        "    tx.away_in(conversation.id, day)\n    tx.said_in(conversation.id, now_ms)\n",
        _SUPPORT_TESTS,
    ),
    _one(
        "who-wants-no-texts-gets-the-away-text",
        "pilotbridge/relay/away.py",
        "is_unasked=True",
        "is_unasked=False",
        _SUPPORT_TESTS,
    ),
)

_QUIET_TESTS = "tests/alerting/test_inhibition.py"

_QUIET = (
    _one(
        "what-was-inhibited-stays-quiet-for-good",
        _INGEST,
        "        if kept_quiet:\n",
        "        if False:\n",
        _QUIET_TESTS,
    ),
    _one(
        "a-crash-between-an-end-and-its-news-keeps-quiet",
        _INGEST,
        "            self._store.write(lambda tx: tx.wake_muted(now_ms)).result()\n        return",
        "        return",
        _QUIET_TESTS,
    ),
    _one(
        "after-a-restart-nobody-inhibits",
        _INGEST,
        "                    found.load(read.firing_labels())\n",
        "                    pass\n",
        _QUIET_TESTS,
    ),
    _one(
        "alerts-of-one-kind-keep-each-other-quiet",
        "pilotbridge/alerting/inhibition.py",
        "if not (is_both and source.is_target)",
        "",
        _QUIET_TESTS,
    ),
    _one(
        "a-quiet-route-never-speaks-again",
        "pilotbridge/alerting/plan.py",
        "(window.until_ms, window) if window else",
        "(None, window) if window else",
        _QUIET_TESTS,
    ),
)

_PRIVACY_QUERIES = "pilotbridge/store/privacy.sql"
_PRIVACY_TESTS = "tests/cli/test_privacy.py"

_PRIVACY = (
    _one(
        "what-is-forgotten-stays-in-the-file",
        _SQLITE,
        "PRAGMA secure_delete = ON",
        "PRAGMA secure_delete = OFF",
        _PRIVACY_TESTS,
    ),
    _one(
        "what-people-wrote-to-a-forgotten-number-stays",
        "pilotbridge/relay/updates.py",
        "conversation=came.conversation",
        "conversation=None",
        _PRIVACY_TESTS,
    ),
    _one(
        "a-forgotten-sms-comes-in-again",
        _PRIVACY_QUERIES,
        "UPDATE inbound SET sender = 'forgotten', text = :text WHERE",
        "DELETE FROM inbound WHERE :text <> '' AND",
        _PRIVACY_TESTS,
    ),
    _one(
        "what-is-on-its-way-is-forgotten",
        "pilotbridge/desk/privacy.py",
        "            if unfinished:\n",
        "            if unfinished and not self:\n",
        _PRIVACY_TESTS,
    ),
    _one(
        "a-forgotten-optout-is-not-heeded",
        "pilotbridge/store/sql/optouts.py",
        "return digest_of(phone, salt[0]) if salt else phone.e164",
        "return phone.e164",
        _PRIVACY_TESTS,
    ),
)

_STEPS_TESTS = "tests/oncall/test_steps.py"
_STEPS = "pilotbridge/oncall/steps.py"

_ESCALATION = (
    _one(
        "whoever-took-it-changes-nothing",
        _STEPS,
        "    if here.is_taken:\n        return None, None\n    if _is_cut_off",
        "    if _is_cut_off",
        _STEPS_TESTS,
    ),
    _one(
        "a-dead-way-is-waited-for",
        _STEPS,
        "    if _is_cut_off(here, index):\n",
        "    if False:\n",
        "tests/relay/test_cards.py",
    ),
    _one(
        "nobody-is-asked-before-a-step",
        "pilotbridge/oncall/escalation.py",
        "        if any(asked):\n",
        "        if False:\n",
        _STEPS_TESTS,
    ),
    _one(
        "a-step-told-is-told-again-after-a-restart",
        "pilotbridge/alerting/deliver.py",
        "        tx.step_told(known, known.wanted, notification_id, now_ms)\n",
        "        pass\n",
        _STEPS_TESTS,
    ),
    _one(
        "news-reach-the-first-step-only",
        "pilotbridge/alerting/work.py",
        "return (0,) if self.decision.frees else self.escalation.told",
        "return (0,)",
        _STEPS_TESTS,
    ),
    _one(
        "a-verdict-is-not-heard",
        "pilotbridge/oncall/steps.py",
        "failed=all(each.state in _FAILED for each in sms)",
        "failed=False",
        _STEPS_TESTS,
    ),
)

_STORM_TESTS = "tests/alerting/test_storms.py"

_STORM = (
    _one(
        "a-storm-swallows-what-stays",
        "pilotbridge/alerting/storms/watch.py",
        "        self._raging = set(phones)\n",
        "        self._raging |= set(phones)\n",
        _STORM_TESTS,
    ),
    _one(
        "after-a-restart-a-storm-is-told-one-by-one",
        "pilotbridge/alerting/flush.py",
        "StormWatch(storm.recipient for storm in read.open_storms())",
        "StormWatch(())",
        _STORM_TESTS,
    ),
    _one(
        "the-end-of-what-a-storm-told-is-kept-from-people",
        _QUERIES,
        "WHERE t.incident_id = ?1 AND s.recipient = ?2 AND s.told_at_ms IS NOT NULL LIMIT 1;",
        "WHERE 0 LIMIT 1;",
        _STORM_TESTS,
    ),
    _one(
        "a-storm-counts-as-nobody-told",
        "pilotbridge/oncall/escalation.py",
        "Way.SMS in newest and not is_in_storm",
        "Way.SMS in newest",
        _STORM_TESTS,
    ),
)

_LATE_TESTS = "tests/outbox/test_late.py"

_LATE = (
    _one(
        "a-summary-that-waits-says-burning-of-what-is-over",
        "pilotbridge/outbox/late.py",
        "(each.ended_ms is not None and row.created_at_ms < each.ended_ms)",
        "False",
        _LATE_TESTS,
    ),
    _one(
        "what-is-over-is-told-as-burning-first",
        "pilotbridge/outbox/late.py",
        'and each.is_overtaken), "")',
        'and False), "")',
        _LATE_TESTS,
    ),
    _one(
        "a-backlog-comes-one-by-one",
        "pilotbridge/outbox/claiming.py",
        "    speak_for_late(turn, row)\n    return True\n",
        "    return False\n",
        _LATE_TESTS,
    ),
    _one(
        "a-text-in-doubt-is-summed-up-and-so-sent-twice",
        _QUERIES,
        "((m.state = 'queued' AND NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'message' AND e.subject_id = m.id AND e.event = 'lose'))",
        "((m.state = 'queued')",
        "tests/outbox/test_doubt.py",
        _LATE_TESTS,
    ),
    _one(
        "whoever-got-a-summary-hears-no-end",
        _QUERIES,
        " OR n.attempts > 0 OR n.state NOT IN ('queued', 'held', 'cancelled'))",
        ")",
        _LATE_TESTS,
    ),
    _one(
        "quiet-hours-hold-critical-alerts",
        "pilotbridge/outbox/holding.py",
        "    if not candidate.critical and candidate.origin in OF_ALERTS:",
        "    if candidate.origin in OF_ALERTS:",
        _LATE_TESTS,
    ),
)

_SENDERS = (
    _one(
        "a-test-never-ends",
        "pilotbridge/senders.py",
        "        lasts = self.lasts or (TEST_LASTS if self.is_test else None)\n",
        "        lasts = self.lasts\n",
        "tests/acceptance/test_every_sender.py",
    ),
    _one(
        "the-second-test-is-swallowed",
        "pilotbridge/senders.py",
        'return Labels({**said, "test": str(to_ms(incoming.received_at))} if self.is_test else said)',
        "return Labels(said)",
        "tests/plugins/sources/test_grafana.py",
    ),
    _one(
        "macros-of-zabbix-are-believed",
        "plugins/pilotbridge_plugins/sources/zabbix.py",
        '    return "" if _UNFILLED.fullmatch(text.strip()) else text.strip()\n',
        "    return text.strip()\n",
        "tests/plugins/sources/test_zabbix.py",
    ),
    _one(
        "an-update-of-zabbix-pages-again",
        "plugins/pilotbridge_plugins/sources/zabbix.py",
        '        identity={"event": body.event_id},\n',
        '        identity={"event": body.event_id, "update": body.event_update_status},\n',
        "tests/plugins/sources/test_zabbix.py",
    ),
    _one(
        "a-sender-chooses-the-number",
        "pilotbridge/alerting/addressees.py",
        '        return self._phones.get(phone, "") if phone is not None else ""\n',
        '        return self._phones.get(phone, next(iter(self._phones.values()))) if phone is not None else ""\n',
        "tests/alerting/test_addressees.py",
    ),
    _one(
        "a-warning-that-becomes-critical-is-no-news",
        "pilotbridge/alerting/batch.py",
        "            if said != episode.severity:\n",
        '            if said == "":\n',
        "tests/alerting/test_worse.py",
    ),
    _one(
        "who-was-told-of-the-warning-hears-no-more",
        "pilotbridge/alerting/recording.py",
        "            tx.tell_members(Told.NOTHING, group, [alert_id])\n",
        "            pass\n",
        "tests/alerting/test_worse.py",
    ),
    _one(
        "one-of-several-takes-all",
        "pilotbridge/alerting/taking.py",
        "        if group.incident_id is not None and firing.get(group.id) == [known.id]\n",
        "        if group.incident_id is not None\n",
        "tests/alerting/test_taking.py",
    ),
    _one(
        "an-equal-signed-body-is-never-a-renewal",
        _AUTH,
        '    hour = "" if time else f"@{int(now.timestamp()) // RETRIED_WITHIN_S}"\n',
        '    hour = ""\n',
        "tests/acceptance/test_every_sender.py",
    ),
    _one(
        "the-key-of-a-body-is-kept",
        "pilotbridge/web/posted.py",
        "        body=without_secret(posted.door, posted.body),\n",
        "        body=posted.body,\n",
        "tests/web/test_secret_in_body.py",
    ),
    _one(
        "any-routing-key-will-do",
        _AUTH,
        "    if source.token is None or not given or not source.token.same_as(given):\n",
        "    if source.token is None or not given:\n",
        "tests/web/test_secret_in_body.py",
    ),
    _one(
        "a-login-page-is-a-yes",
        "pilotbridge/cli/hand_over.py",
        '    if status == 202 and isinstance(told, dict) and isinstance(told.get("journal"), int):\n',
        "    if 200 <= status < 300:\n",
        "tests/cli/test_notify.py",
    ),
    _one(
        "a-file-with-a-key-of-its-own",
        "pilotbridge/web/posted.py",
        '    return Body(incoming, alerts=len(parsed.alerts), once=f"key:{key}"), parsed\n',
        "    return Body(incoming, alerts=len(parsed.alerts)), parsed\n",
        "tests/web/test_spool.py",
    ),
    _one(
        "a-file-is-removed-before-it-is-kept",
        "pilotbridge/web/spool.py",
        "            journal_id, is_new = self._keep(body)\n",
        "            path.unlink()\n            journal_id, is_new = self._keep(body)\n            path.touch()\n",
        "tests/web/test_spool.py",
    ),
    _one(
        "a-bad-file-is-dropped",
        "pilotbridge/web/spool.py",
        "        (folder / name).rename(folder / ASIDE / name)\n",
        "        (folder / name).unlink()\n",
        "tests/web/test_spool.py",
    ),
    _one(
        "a-link-in-the-spool-is-followed",
        "pilotbridge/web/spool.py",
        "    if not stat.S_ISREG(path.lstat().st_mode):\n",
        "    if not stat.S_ISREG(path.stat().st_mode):\n",
        "tests/web/test_spool.py",
    ),
)

_HEARTBEAT = "pilotbridge/heartbeat.py"
_HEARTBEATS = (
    _one(
        "a-ping-although-the-gateway-is-silent",
        _HEARTBEAT,
        '        return "" if not all(whys) else "; ".join(whys)\n',
        '        return ""\n',
        "tests/test_heartbeat.py",
    ),
    _one(
        "a-refusal-counts-as-an-answer",
        _HEARTBEAT,
        "isinstance(outcome, Accepted | Guarded)",
        "outcome",
        "tests/test_heartbeat.py",
    ),
    _one(
        "a-ping-without-a-commit",
        _HEARTBEAT,
        ".result(self._commits_within_s)",
        "",
        "tests/test_heartbeat.py",
    ),
    _one(
        "a-ping-although-a-part-fails",
        _HEARTBEAT,
        "        if failing:\n            self._count(",
        "        if not self._looks:\n            self._count(",
        "tests/test_heartbeat.py",
    ),
    _one(
        "a-ping-follows-redirects",
        "pilotbridge/pinging.py",
        "    if 300 <= status < 400:\n",
        "    if 300 <= status < 400:\n        return\n    if False:\n",
        "tests/test_heartbeat.py",
    ),
    _one(
        "the-address-of-the-heartbeat-is-no-secret",
        "pilotbridge/config/doors.py",
        "    reading.secrets.update(Secret(part) for part in (parts.path, parts.query, parts.password) if part)\n",
        "",
        "tests/test_heartbeat.py",
    ),
    _one(
        "the-end-of-a-watchdog-is-a-beat",
        "plugins/pilotbridge_plugins/heartbeat/__init__.py",
        "self._bridge.alerts(expected.matchers)",
        "self._bridge.alerts(expected.matchers, since=datetime.fromisoformat('2000-01-01T00:00:00Z'))",
        "tests/plugins/heartbeat/test_heartbeat.py",
    ),
    _one(
        "a-round-that-fails-is-half-written",
        "pilotbridge/plugin_manager/asking.py",
        "                with self._bridges[plugin].question() as wanted:\n                    work()\n                return list(wanted)\n",
        "                work()\n                return []\n",
        "tests/bridge/test_bridge.py",
        "tests/plugin_manager/test_asking.py",
    ),
    _one(
        "a-digest-is-told-and-not-noted",
        "plugins/pilotbridge_plugins/digest/__init__.py",
        '    state.set("last", now.isoformat())\n    state.set("told"',
        '    state.set("told"',
        "tests/plugins/digest/test_digest.py",
    ),
    _one(
        "a-digest-forgets-what-is-over",
        "plugins/pilotbridge_plugins/digest/__init__.py",
        "bridge.alerts(bridge.config(Digest).matchers, since=since)",
        "bridge.alerts(bridge.config(Digest).matchers)",
        "tests/plugins/digest/test_digest.py",
    ),
    _one(
        "a-bad-file-takes-its-rows-away",
        "plugins/pilotbridge_plugins/enrich_from_csv/__init__.py",
        "        except Unusable as unusable:\n",
        "        except Unusable as unusable:\n            self._keep({})\n",
        "tests/plugins/enrich_from_csv/test_enrich_from_csv.py",
    ),
    _one(
        "critical-is-quiet-at-night",
        "plugins/pilotbridge_plugins/quiet_hours/__init__.py",
        "    speaks = notification.incident.severity is Severity.CRITICAL and not rule.critical\n",
        "    speaks = False\n",
        "tests/plugins/quiet_hours/test_quiet_hours.py",
    ),
    _one(
        "what-a-group-does-not-show-is-quiet-too",
        "pilotbridge/model.py",
        "            len(held) >= count or self._is_grouped_by(matchers)\n",
        "            len(held) >= 0\n",
        "tests/plugins/quiet_hours/test_quiet_hours.py",
    ),
    _one(
        "a-label-chooses-any-receiver",
        "plugins/pilotbridge_plugins/route_by_label/__init__.py",
        "    receiver = options.receivers.get(word)\n",
        "    receiver = options.receivers.get(word, word)\n",
        "tests/plugins/route_by_label/test_route_by_label.py",
    ),
)

_TIMELINES = (
    _one(
        "an-end-overtakes-a-beginning-that-was-late",
        "pilotbridge/outbox/late.py",
        "        turn.tx.take_place(late[0].row, new)\n",
        "        pass\n",
        "tests/outbox/test_late.py",
    ),
    _one(
        "a-clock-that-shows-a-time-twice-shows-it-once",
        "pilotbridge/intervals.py",
        "            for fold in (0, 1):\n",
        "            for fold in (0,):\n",
        "tests/test_intervals.py",
    ),
    _one(
        "a-moved-clock-is-no-change",
        "pilotbridge/intervals.py",
        "        yield from _clock_change(day, zone)\n",
        "",
        "tests/test_intervals.py",
    ),
    _one(
        "that-some-are-over-is-told",
        "pilotbridge/alerting/work.py",
        "        return reason not in (None, Reason.SOME_RESOLVED) and not self.decision.silently\n",
        "        return reason is not None and not self.decision.silently\n",
        "tests/timelines/test_timelines.py",
    ),
    _one(
        "a-kept-word-of-severity-is-ours",
        "pilotbridge/alerting/severity.py",
        "        if self.keeps:\n",
        "        if not self.keeps and False:\n",
        "tests/alerting/test_severity.py",
    ),
    _one(
        "an-import-copies-a-token",
        "pilotbridge/config/alertmanager/receivers.py",
        '            kept = str(self.folder / str(file)) if file else f"secrets/{name}"\n',
        '            kept = str(self.folder / str(file)) if file else f"secrets/{token}"\n',
        "tests/cli/test_import.py",
    ),
    _one(
        "an-import-leaves-a-receiver-with-nobody",
        "pilotbridge/config/alertmanager/receivers.py",
        "        elif not notify and all(map(_is_heartbeat, found)):\n",
        "        elif not notify:\n",
        "tests/cli/test_import.py",
    ),
    _one(
        "an-imported-source-has-our-severity",
        "pilotbridge/config/alertmanager/ours.py",
        '"keep_severity": True',
        '"keep_severity": False',
        "tests/acceptance/test_routes_like_amtool.py",
    ),
)

_ON_CALL = (
    _one(
        "a-calendar-that-was-never-read-says-that-nobody-is-on-call",
        "pilotbridge/oncall/roster.py",
        "if schedule.calendar is None or name not in self._events:",
        "if schedule.calendar is None:",
        "tests/cli/test_oncall.py",
    ),
    _one(
        "check-believes-whatever-a-plugin-names",
        "pilotbridge/config/names.py",
        "        if kind not in self.known or name in self.known[kind]:\n",
        "        if True:\n",
        "tests/config/test_faults.py",
    ),
    _one(
        "a-calendar-nobody-read-has-no-holes",
        "pilotbridge/cli/ahead.py",
        "    if known is None:\n        cause",
        "    if known is None:\n        return None\n        cause",
        "tests/cli/test_check.py",
    ),
    _one(
        "a-route-behind-one-that-takes-all-is-not-warned-of",
        "pilotbridge/config/routes.py",
        "        return next((each for each in found if implied(each.matchers, chain)), None)\n",
        "        return None\n",
        "tests/config/test_bad_input.py",
    ),
    _one(
        "a-yes-trades-whatever-there-is-now",
        "pilotbridge/rota/swap.py",
        "        return not self.traded or _ahead(self.traded, now_ms) == _ahead(found, now_ms)\n",
        "        return True\n",
        "tests/oncall/test_swaps.py",
    ),
    _one(
        "turns-in-utc",
        "pilotbridge/rota/rotation.py",
        "        return moment(self.start + turn * self.every, self.zone)\n",
        "        return moment(self.start, self.zone) + turn * self.every\n",
        "tests/rota/test_rota.py",
    ),
    _one(
        "a-skipped-hour-is-any-hour",
        "pilotbridge/rota/local.py",
        "    return _put(there, local.replace(tzinfo=there, fold=1).astimezone(UTC), found)\n",
        "    return found\n",
        "tests/rota/test_rota.py",
    ),
    _one(
        "the-oldest-decision-counts",
        "pilotbridge/store/oncall.sql",
        "WHERE ends_at_ms > ? ORDER BY id DESC",
        "WHERE ends_at_ms > ? ORDER BY id",
        "tests/oncall/test_overrides.py",
    ),
    _one(
        "nobody-in-a-gap",
        "pilotbridge/oncall/roster.py",
        '        return Called(contact, "nobody is on call; stands in", is_gap=True)\n',
        '        return Called("", f"{contact} would stand in", is_gap=True)\n',
        "tests/oncall/test_roster.py",
    ),
    _one(
        "a-gap-is-not-said",
        "pilotbridge/alerting/flush.py",
        "        for schedule in plan.work.gaps if plan.letters else ():\n",
        "        for schedule in ():\n",
        "tests/oncall/test_roster.py",
    ),
    _one(
        "who-was-told-hears-no-more-after-a-hand-over",
        "pilotbridge/alerting/audience.py",
        "    is_news = decision.reason is not Reason.ESCALATION and not decision.frees\n",
        "    is_news = False\n",
        "tests/oncall/test_roster.py",
    ),
    _one(
        "the-second-in-line-is-the-first",
        "pilotbridge/oncall/roster.py",
        "            return called.override.stands_for\n",
        "            return called.contact\n",
        "tests/oncall/test_handover.py",
    ),
    _one(
        "anybody-answers-a-swap",
        "pilotbridge/oncall/swaps.py",
        "    if swap.other != by:\n",
        "    if not by:\n",
        "tests/oncall/test_swaps.py",
    ),
    _one(
        "a-swap-is-answered-twice",
        "pilotbridge/store/oncall.sql",
        "answered_at_ms = :now WHERE id = :id AND state = 'asked'",
        "answered_at_ms = :now WHERE id = :id",
        "tests/contracts/test_oncall_contract.py",
    ),
    _one(
        "a-swap-waits-for-ever",
        "pilotbridge/oncall/handing_over.py",
        "        if is_changed or (due_ms is not None and due_ms <= now_ms):\n",
        "        if is_changed:\n",
        "tests/oncall/test_swaps.py",
    ),
    _one(
        "a-trade-takes-what-nobody-was-asked-for",
        "pilotbridge/oncall/swaps.py",
        "spans.append((max(theirs.starts, mine.ends), theirs.ends))",
        "spans = [(spans[0][0], theirs.ends)]",
        "tests/oncall/test_swaps.py",
    ),
    _one(
        "a-word-more-is-still-a-yes",
        "pilotbridge/oncall/swap_replies.py",
        "    if len(words) > 1:\n",
        "    if len(words) > 99:\n",
        "tests/oncall/test_swap_replies.py",
    ),
    _one(
        "an-unproved-phone-is-on-call",
        "pilotbridge/oncall/handover.py",
        "    return Verdict(Deed.BEGIN if here.is_proved else Deed.KEEP, here.bare)\n",
        "    return Verdict(Deed.BEGIN, here.bare)\n",
        "tests/oncall/test_handover.py",
    ),
    _one(
        "an-old-delivery-proves-a-phone",
        "pilotbridge/oncall/handing_over.py",
        "delivered_ms >= row.asked_ms",
        "delivered_ms >= 0",
        "tests/oncall/test_handover.py",
    ),
    _one(
        "who-is-on-call-is-forgotten-by-a-restart",
        "pilotbridge/oncall/handover.py",
        "    if here.holder is None or here.is_holder_gone:\n",
        "    if here.holder is None or here.holder.until_ms:\n",
        "tests/oncall/test_handover.py",
    ),
    _one(
        "who-comes-does-not-hear-what-is-open",
        "pilotbridge/oncall/handing_over.py",
        "        self._tell_what_is_open(shift.contact)\n",
        "",
        "tests/oncall/test_roster.py",
    ),
    _one(
        "a-broken-calendar-names-nobody",
        "pilotbridge/rota/calendar.py",
        '        raise ValueError(f"this is no calendar that can be read: {str(error)[:200]}") from error\n',
        "        return [] if error else []\n",
        "tests/oncall/test_calendars.py",
    ),
)

_TOGETHER = (
    _one(
        "a-step-is-told-of-what-was-taken-in-a-silence",
        "pilotbridge/store/escalation.sql",
        "SET due_at_ms = :now, wanted = NULL, cause = '' WHERE incident_id = :incident;",
        "SET due_at_ms = :now WHERE incident_id = :incident AND wanted IS NULL;",
        "tests/timelines/test_timelines.py",
    ),
    _one(
        "a-step-overtakes-whoever-took-it",
        "pilotbridge/oncall/escalation.py",
        "        if not _is_as_it_was(tx, each.row.incident):\n",
        "        if False:\n",
        "tests/oncall/test_steps.py",
    ),
    _one(
        "a-silence-swallows-the-end-of-others",
        "pilotbridge/alerting/decide.py",
        "decision.closes and not standing.over and",
        "decision.closes and not standing.ended and",
        "tests/timelines/test_timelines.py",
    ),
    _one(
        "what-flaps-within-one-turn-never-ends",
        "pilotbridge/alerting/recording.py",
        "    return [*(end.id for end in plan.ended), *again]\n",
        "    return [end.id for end in plan.ended]\n",
        "tests/alerting/test_any_order.py",
    ),
    _one(
        "steps-follow-a-clock-that-is-set",
        "pilotbridge/store/sql/meta.py",
        '    "shift_escalations",\n',
        "",
        "tests/runtime/test_wall.py",
    ),
    _one(
        "storms-follow-a-clock-that-is-set",
        "pilotbridge/store/sql/meta.py",
        '    "shift_storms",\n',
        "",
        "tests/runtime/test_wall.py",
    ),
    _one(
        "who-took-it-loses-it-by-a-clock-that-is-set",
        "pilotbridge/store/sql/meta.py",
        '    "shift_acknowledged",\n',
        "",
        "tests/runtime/test_wall.py",
    ),
    _one(
        "a-silence-outlives-its-end-by-a-clock-that-is-set",
        _QUERIES,
        "CASE WHEN muted <> '' THEN min(due_at_ms, due_at_ms + :by) ELSE due_at_ms + :by END",
        "due_at_ms + :by",
        "tests/runtime/test_wall.py",
    ),
    _one(
        "a-budget-does-not-count-what-goes-below-its-route",
        _QUERIES,
        "(i.route = :route OR i.route LIKE :route || '/%')",
        "i.route = :route",
        "tests/outbox/test_route_budget.py",
    ),
    _one(
        "a-budget-does-not-hold-what-goes-below-its-route",
        "pilotbridge/outbox/budget.py",
        'is_below = f"{route}/".startswith(f"{path}/")',
        "is_below = route == path",
        "tests/outbox/test_route_budget.py",
    ),
    _one(
        "a-cap-that-stops-everybody-is-said-behind-itself",
        "pilotbridge/outbox/capped.py",
        "severity = Severity.CRITICAL if",
        "severity = Severity.WARNING if",
        "tests/outbox/test_capped.py",
    ),
    _one(
        "what-is-on-its-way-counts-towards-no-cap",
        _QUERIES,
        "m.state IN ('queued', 'sending', 'in_doubt')",
        "m.state IN ('held')",
        "tests/outbox/test_holding.py",
    ),
    _one(
        "what-somebody-has-is-passed-on-by-others",
        "pilotbridge/oncall/escalation.py",
        "    incident = free_incident(tx, ref)\n    index",
        "    incident = tx.incident_by_ref(ref).incident\n    index",
        "tests/oncall/test_steps.py",
    ),
    _one(
        "who-left-the-configuration-is-on-call",
        "pilotbridge/oncall/roster.py",
        "        return [each for each in self._overrides.get(name, ()) if each.contact in contacts]\n",
        "        return list(self._overrides.get(name, ()))\n",
        "tests/oncall/test_overrides.py",
    ),
    _one(
        "what-sleeps-counts-as-failed",
        "pilotbridge/store/escalation.sql",
        "CASE WHEN n.state = 'held' AND n.cause = 'quiet_hours' THEN 'queued' ELSE n.state END",
        "n.state",
        "tests/oncall/test_steps.py",
    ),
    _one(
        "a-maintenance-that-is-changed-goes-on-unheard",
        "pilotbridge/oncall/silences.py",
        'tells="" if stays or old is None else tx.notice_of(old.id),',
        'tells="",',
        "tests/alerting/test_notices.py",
    ),
    _one(
        "new-steps-do-not-lead-what-is-open",
        "pilotbridge/oncall/escalation.py",
        "    tx.begin_missing_escalations(with_steps, now_ms)\n",
        "",
        "tests/oncall/test_steps.py",
    ),
    _one(
        "a-plugin-poisons-the-store",
        "pilotbridge/plugin_manager/sound.py",
        "    return _are_labels(other.labels, alert.labels) and _are_labels(other.annotations, alert.annotations)\n",
        "    return True\n",
        "tests/plugin_manager/test_asking.py",
    ),
    _one(
        "a-plugin-says-ten-megabytes",
        "pilotbridge/plugin_manager/sound.py",
        "    if not isinstance(value, str) or len(value) > TEXT_MAX:\n",
        "    if not isinstance(value, str):\n",
        "tests/plugin_manager/test_asking.py",
    ),
    _one(
        "what-a-plugin-wrote-is-lost-in-silence",
        "pilotbridge/plugin_manager/asking.py",
        "            self._watch(self._apply(writes), implementation.plugin, hook)\n",
        "            self._apply(writes)\n",
        "tests/plugin_manager/test_asking.py",
    ),
    _one(
        "a-storm-is-over-while-more-may-come",
        "pilotbridge/alerting/storms/word.py",
        "open_ones <= (rules.over or 0) and now_ms >= joined_ms + every_ms and open_ones:",
        "open_ones <= (rules.over or 0) and open_ones:",
        "tests/alerting/test_storms.py",
    ),
    _one(
        "a-cap-counts-what-a-summary-stands-for",
        "pilotbridge/outbox/late.py",
        "    tx.look_again(new, turn.now_ms)  # what",
        "    # what",
        "tests/outbox/test_late.py",
    ),
    _one(
        "a-storm-swallows-what-gets-worse",
        "pilotbridge/alerting/storms/watch.py",
        "        tx.storm_has_news(number, incident)\n",
        "        pass\n",
        "tests/alerting/test_storms.py",
    ),
    _one(
        "a-storm-swallows-what-only-its-taker-hears",
        "pilotbridge/alerting/storms/watch.py",
        "        if is_calm or plan.work.decision.to_taker:\n",
        "        if is_calm:\n",
        "tests/alerting/test_storms.py",
    ),
    _one(
        "a-hundred-repeats-are-a-hundred-sms",
        "pilotbridge/alerting/storms/watch.py",
        "(self._flooded.add if again > over else self._flooded.discard)(phone)",
        "self._flooded.discard(phone)",
        "tests/alerting/test_storms.py",
    ),
    _one(
        "a-storm-says-its-news-for-ever",
        "pilotbridge/store/sql/storms.py",
        '        self.run("storm_news_told", (storm_id,))\n',
        "",
        "tests/alerting/test_storms.py",
    ),
)

_REPLAY = (
    _one(
        "a-replay-forgets-what-the-bridge-said-of-itself",
        "pilotbridge/replay/play.py",
        "if incoming.source == OWN_SOURCE:",
        "if not incoming.source:",
        "tests/cli/test_replay_faithful.py",
    ),
    _one(
        "a-replay-asks-a-network-who-is-on-call",
        "pilotbridge/replay/play.py",
        "        fetch_calendar=None,\n",
        "",
        "tests/cli/test_replay_faithful.py",
    ),
    _one(
        "a-replay-takes-the-spool-files-into-a-database-that-is-gone-afterwards",
        "pilotbridge/replay/play.py",
        "    app = App(own, plugins, ground, new_meter(own, plugins))\n",
        "    app = App(own, plugins, ground, new_meter(own, plugins))\n    app.recover()\n",
        "tests/cli/test_replay.py",
    ),
    _one(
        "a-replay-forgets-the-silences-of-then",
        "pilotbridge/replay/kept.py",
        "            tx.put_silence(silence, to_ms(silence.starts_at))\n",
        "            pass\n",
        "tests/cli/test_replay_faithful.py",
    ),
    _one(
        "paper-delivers-what-may-not-go-yet",
        "pilotbridge/replay/paper.py",
        "        more = sweeping.look_at_held(turn)\n",
        "        more = False\n",
        "tests/cli/test_replay_faithful.py",
    ),
)

_LOOKS = (
    _one(
        "a-list-of-few-messages-reads-all-of-them",
        _QUERIES,
        "WHERE m.state = :state AND m.state NOT IN ('queued', 'sending', 'accepted') AND m.id < :before",
        "WHERE m.state = :state AND m.id < :before",
        "tests/store/test_looks.py",
    ),
    _one(
        "the-inbox-looks-for-each-text-among-all-posts",
        "pilotbridge/store/people.sql",
        "WHERE p.subject = 'inbound' AND p.subject <> '' AND p.subject_id = inbound.id",
        "WHERE p.subject = 'inbound' AND p.subject_id = inbound.id",
        "tests/store/test_looks.py",
    ),
)

_AT_THE_EDGES = (
    _one(
        "a-text-that-begins-with-a-slash-is-swallowed",
        _UPDATES,
        "        if answer is None and contact is not None and is_ours:\n",
        "        if answer is None and contact is None:\n",
        "tests/relay/test_commands.py",
    ),
    _one(
        "a-strangers-group-that-moves-pages-people",
        _UPDATES,
        '        if not self._is_ours(tx, chat, event.room):\n            return Outcome(IGNORED, "the room is none of ours")\n        follow_room',
        "        follow_room",
        "tests/relay/test_into_chats.py",
    ),
    _one(
        "a-contact-cannot-undo-a-stop",
        _INBOUND,
        "        if contact is not None and wish is Wish.STOP:\n",
        "        if contact is not None:\n",
        "tests/relay/test_wishes.py",
    ),
    _one(
        "a-preview-of-a-link-counts-as-a-change",
        "pilotbridge/relay/texting.py",
        "    if sms is not None and sms.text == edited.text:\n",
        "    if sms is not None and sms.text is None:\n",
        "tests/relay/test_answers.py",
    ),
    _one(
        "a-live-location-is-answered-every-time-it-moves",
        "plugins/pilotbridge_plugins/telegram/updates.py",
        "    if kind_of(content) != TEXT:\n        return None\n",
        "",
        "tests/plugins/telegram/test_updates.py",
    ),
    _one(
        "a-mark-that-nobody-sees-hides-the-prefix",
        "pilotbridge/relay/lines.py",
        "    if not text.lstrip(_BEFORE).startswith(prefix):\n",
        "    if not text.startswith(prefix):\n",
        "tests/relay/test_inbound.py",
    ),
    _one(
        "a-ref-that-touches-the-prefix-takes-nothing",
        "pilotbridge/relay/lines.py",
        "    if glued and not found:\n",
        "    if not glued and not found:\n",
        "tests/relay/test_inbound.py",
    ),
    _one(
        "one-sms-that-chokes-keeps-all-others-back",
        _INBOUND,
        "        except Exception as error:  # a tick: an SMS that nobody can deal with keeps no other waiting\n",
        "        except KeyError as error:\n",
        "tests/relay/test_inbound.py",
    ),
    _one(
        "a-text-whose-answer-fails-is-read-by-nobody",
        _INBOUND,
        "        if why_not is not None:\n            self._relay(",
        "        if why_not:\n            self._leave(sms, why_not)\n        elif why_not is not None:\n            self._relay(",
        "tests/relay/test_into_chats.py",
    ),
    _one(
        "an-answer-has-another-name-than-its-line",
        _INBOUND,
        '            sender=came.line.sender if came.line else "",\n',
        "",
        "tests/relay/test_inbound.py",
    ),
    _one(
        "a-chat-is-asked-for-a-post-that-shows-nothing",
        "pilotbridge/relay/destination.py",
        "    shown = text if strip_invisible(text).strip() else",
        "    shown = text if text else",
        "tests/relay/test_into_chats.py",
    ),
    _one(
        "a-feed-that-fails-in-a-plugin-is-told-to-nobody",
        _POLL,
        "        except Exception as error:  # a tick: the gateway may be a plugin's, and people must hear of it too\n",
        "        except KeyError as error:\n",
        "tests/relay/test_poll.py",
    ),
    _one(
        "news-keep-ticks-from-looking-at-the-rest",
        "pilotbridge/relay/ticks.py",
        "        rests_ms = LOOKS_EVERY_MS if news else LOOKS_AGAIN_MS\n",
        "        rests_ms = 2**62 if news else LOOKS_AGAIN_MS\n",
        "tests/relay/test_ticks.py",
    ),
    _one(
        "a-ref-with-a-no-behind-it-takes-the-incident",
        "pilotbridge/oncall/replies.py",
        "    return NotAReply() if is_no else Take(ref, note)\n",
        "    return Take(ref, note)\n",
        "tests/oncall/test_replies.py",
    ),
    _one(
        "a-no-with-its-reason-takes-the-incident",
        "pilotbridge/oncall/replies.py",
        "    if kind is PassOn or kind is Undo:\n        is_apart",
        "    if kind is Undo:\n        is_apart",
        "tests/oncall/test_replies.py",
    ),
    _one(
        "a-clock-that-was-ahead-mutes-the-answers",
        "plugins/pilotbridge_plugins/ack_by_text/__init__.py",
        "        if timedelta(0) <= now - datetime.fromisoformat(at) < timedelta(hours=1)",
        "        if now - datetime.fromisoformat(at) < timedelta(hours=1)",
        "tests/plugins/ack_by_text/test_ack_by_text.py",
    ),
    _one(
        "an-end-that-a-plugin-keeps-back-is-told-to-nobody",
        "pilotbridge/alerting/plan.py",
        "            return Plan(work, incident, number, objection.until_ms, objection, is_kept_back=True)\n",
        "            return Plan(work, incident, number, None, objection, is_kept_back=not decision.closes)\n",
        "tests/alerting/test_quiet.py",
    ),
    _one(
        "any-json-takes-another-senders-body-without-a-word",
        "pilotbridge/web/intake.py",
        "            if found.doubt:\n",
        "            if found.doubt and not found.parsed.alerts:\n",
        "tests/web/test_sources.py",
    ),
    _one(
        "who-maps-a-body-is-doubted",
        "pilotbridge/web/posted.py",
        "        is_told = posted.door.options not in (None, source.options())\n",
        "        is_told = False\n",
        "tests/web/test_sources.py",
    ),
    _one(
        "a-time-that-was-named-moves-with-the-clock",
        _QUERIES,
        "  WHEN state = 'queued' AND cause = 'timed' THEN due_at_ms ELSE due_at_ms + :by END",
        "  ELSE due_at_ms + :by END",
        "tests/runtime/test_wall.py",
    ),
    _one(
        "a-clock-that-is-set-back-lapses-what-waits-for-its-time",
        _QUERIES,
        "CASE WHEN state = 'queued' AND cause = 'timed' THEN max(lapses_at_ms, lapses_at_ms + :by)\n  ELSE lapses_at_ms + :by END",
        "lapses_at_ms + :by",
        "tests/runtime/test_wall.py",
    ),
    _one(
        "a-time-without-a-zone-is-nobodys",
        "pilotbridge/desk/verb.py",
        "    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)\n",
        "    return moment\n",
        "tests/web/test_api.py",
    ),
    _one(
        "a-clock-that-is-set-back-hides-the-proof-of-a-phone",
        "pilotbridge/oncall/handing_over.py",
        "    if message is not None and message.state is State.DELIVERED:\n        return True",
        "    if message is None:\n        return False",
        "tests/oncall/test_handover.py",
    ),
    _one(
        "a-storm-is-given-back-by-its-own-age",
        "pilotbridge/oncall/storms.py",
        "    taken_ms = [member.taken_at_ms for member in open_ones if member.taken_at_ms is not None]\n",
        "    taken_ms = [member.joined_at_ms for member in open_ones]\n",
        "tests/plugins/ack_by_text/test_ack_by_text.py",
    ),
    _one(
        "an-answer-longer-than-a-post-is-none",
        _UPDATES,
        "        for piece in cut(answer, self._connectors[chat].max_text - HEAD_UNITS):\n",
        "        for piece in [answer]:\n",
        "tests/relay/test_commands.py",
    ),
    _one(
        "an-update-that-a-plugin-chokes-on-does-not-come-again",
        "pilotbridge/web/hooks.py",
        "        except Exception as failure:  # a web request",
        "        except KeyError as failure:  # a web request",
        "tests/web/test_hooks.py",
    ),
    _one(
        "a-verdict-that-met-a-busy-store-is-forgotten",
        "pilotbridge/oncall/escalation.py",
        "            self._news.extendleft(reversed(news))",
        "            pass",
        "tests/oncall/test_steps.py",
    ),
    _one(
        "a-file-that-cannot-be-written-stops-the-spool",
        "pilotbridge/web/spool.py",
        "        except Exception as error:  # a tick: one body that cannot be written costs no other\n",
        "        except KeyError as error:\n",
        "tests/web/test_spool.py",
    ),
    _one(
        "what-waits-goes-after-a-stop",
        "pilotbridge/relay/optouts.py",
        "        if view.message.state in _WAITING and _is_unasked(tx, view, line):\n",
        "        if not view.message.id and _is_unasked(tx, view, line):\n",
        "tests/relay/test_wishes.py",
    ),
    _one(
        "a-stop-calls-off-what-another-line-wrote",
        "pilotbridge/relay/optouts.py",
        "    return conversation is None or conversation.line == line\n",
        "    return True\n",
        "tests/relay/test_wishes.py",
    ),
    _one(
        "nobody-hears-how-an-sms-by-command-fares",
        "pilotbridge/desk/in_chat.py",
        "        follow(asked.tx, sms, asked.now_ms)\n",
        "",
        "tests/relay/test_commands.py",
    ),
    _one(
        "a-failed-sms-by-command-is-a-tick-without-a-word",
        "pilotbridge/relay/texting.py",
        "    if conversation is None and about.conversation != NO_CONVERSATION:\n",
        "    if conversation is None:\n",
        "tests/relay/test_commands.py",
    ),
)

MUTANTS = (
    *_ON_DISK,
    *_SENDING,
    *_WIRE,
    *_TRACKED,
    *_INBOUND_SMS,
    *_SECRETS,
    *_INTAKE,
    *_ALERTMANAGER_API,
    *_TELEGRAM,
    *_RELAY,
    *_SUPPORT,
    *_QUIET,
    *_ESCALATION,
    *_STORM,
    *_LATE,
    *_PRIVACY,
    *_SENDERS,
    *_TIMELINES,
    *_HEARTBEATS,
    *_ON_CALL,
    *_TOGETHER,
    *_REPLAY,
    *_LOOKS,
    *_AT_THE_EDGES,
)
