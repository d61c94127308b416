-- Who is on call: every statement by name, a sentence above each.

-- fragment: override_columns
id, schedule, contact, starts_at_ms, ends_at_ms, kind, stands_for, made_by, made_at_ms, ended_at_ms

-- fragment: swap_columns
id, code, schedule, asker, other, starts_at_ms, ends_at_ms, made_by, asked_at_ms, due_at_ms, state, answered_at_ms, message_id, traded

-- fragment: handover_columns
id, schedule, at_ms, until_ms, leaver, comer, asked_at_ms, asked_again_at_ms, message_id, state, override_id

-- name: overrides_since
-- Decisions that hold after then, the newest first.
SELECT {override_columns} FROM oncall_override WHERE ends_at_ms > ? ORDER BY id DESC;

-- name: get_override
-- One decision.
SELECT {override_columns} FROM oncall_override WHERE id = ?;

-- name: add_override
-- Somebody is put on call.
INSERT INTO oncall_override (schedule, contact, starts_at_ms, ends_at_ms, kind, stands_for, made_by, made_at_ms, swap_id)
VALUES (:schedule, :contact, :starts, :ends, :kind, :stands_for, :by, :now, :swap);

-- name: end_override
-- It ends before its time, unless it has ended.
UPDATE oncall_override SET ended_at_ms = :now WHERE id = :id AND ended_at_ms IS NULL AND ends_at_ms > :now;

-- name: prune_overrides
-- Forget decisions that ended long ago.
DELETE FROM oncall_override WHERE id IN (SELECT id FROM oncall_override WHERE ends_at_ms < ? LIMIT ?);

-- name: get_swap
-- One swap.
SELECT {swap_columns} FROM oncall_swap WHERE id = ?;

-- name: swap_by_code
-- The newest swap with that code; one that waits for its answer is the newest.
SELECT {swap_columns} FROM oncall_swap WHERE code = ? ORDER BY id DESC LIMIT 1;

-- name: swaps_listed
-- Swaps for people, the newest first.
SELECT {swap_columns} FROM oncall_swap ORDER BY id DESC LIMIT ?;

-- name: swaps_due
-- Swaps that nobody answered in time.
SELECT {swap_columns} FROM oncall_swap WHERE state = 'asked' AND due_at_ms <= ? ORDER BY due_at_ms;

-- name: next_swap_due
-- When the next one is.
SELECT min(due_at_ms) FROM oncall_swap WHERE state = 'asked';

-- name: codes_of_swaps
-- Codes that were asked for since then, or still wait.
SELECT DISTINCT code FROM oncall_swap WHERE asked_at_ms > ? OR state = 'asked';

-- name: add_swap
-- One asks another.
INSERT INTO oncall_swap (code, schedule, asker, other, starts_at_ms, ends_at_ms, state, made_by, asked_at_ms, due_at_ms, traded)
VALUES (:code, :schedule, :asker, :other, :starts, :ends, 'asked', :by, :now, :due, :traded);

-- name: name_question
-- The message that asks.
UPDATE oncall_swap SET message_id = ? WHERE id = ?;

-- name: settle_swap
-- Its one answer.
UPDATE oncall_swap SET state = :state, answered_at_ms = :now WHERE id = :id AND state = 'asked';

-- name: prune_swaps
-- Forget swaps that were dealt with long ago.
DELETE FROM oncall_swap WHERE id IN (SELECT id FROM oncall_swap WHERE ends_at_ms < ? AND state <> 'asked' LIMIT ?);

-- name: holders
-- Who was last said to be on call.
SELECT schedule, contact, since_ms, until_ms FROM oncall_holder;

-- name: put_holder
-- This was said now.
INSERT INTO oncall_holder (schedule, contact, since_ms, until_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (schedule) DO UPDATE SET contact = excluded.contact, since_ms = excluded.since_ms, until_ms = excluded.until_ms;

-- name: handovers_open
-- Hand-overs whose comer is not proved yet, or not on call yet.
SELECT {handover_columns} FROM oncall_handover WHERE state IN ('asked', 'kept');

-- name: handovers_listed
-- Hand-overs for people, the newest first.
SELECT {handover_columns} FROM oncall_handover ORDER BY id DESC LIMIT ?;

-- name: add_handover
-- Somebody's phone is to be proved.
INSERT INTO oncall_handover (schedule, at_ms, until_ms, leaver, comer, state, asked_at_ms, asked_again_at_ms, message_id)
VALUES (:schedule, :at, :until, :leaver, :comer, 'asked', :now, :now, :message);

-- name: ask_again
-- Another SMS is to prove it.
UPDATE oncall_handover SET asked_again_at_ms = :now, message_id = :message WHERE id = :id AND state IN ('asked', 'kept');

-- name: settle_handover
-- How it went on; only while it is as it was.
UPDATE oncall_handover SET state = :state, override_id = coalesce(:override, override_id) WHERE id = :id AND state = :was;

-- name: prune_handovers
-- Forget hand-overs of long ago.
DELETE FROM oncall_handover WHERE id IN (SELECT id FROM oncall_handover WHERE at_ms < ? AND state NOT IN ('asked', 'kept') LIMIT ?);

-- name: tell_again
-- A group is told once more as soon as it is looked at, as if that were long ago.
UPDATE alert_group SET due_at_ms = :now, notified_at_ms = 1, revision = revision + 1 WHERE id = :id;

-- name: hurry_message
-- Ask the gateway now what became of a message; as for hurry_statuses.
UPDATE message SET due_at_ms = :now, checks = max(checks - 1, 0) WHERE id = :id AND state = 'accepted' AND due_at_ms > :now;

-- name: events_of_calendars
-- What calendars last said.
SELECT schedule, contact, starts_at_ms, ends_at_ms FROM oncall_event;

-- name: forget_calendar
-- What a calendar last said counts no more.
DELETE FROM oncall_event WHERE schedule = ?;

-- name: add_calendar_event
-- What a calendar says now.
INSERT INTO oncall_event (schedule, contact, starts_at_ms, ends_at_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: calendars
-- When calendars were last read, and what they said then.
SELECT schedule, digest, read_at_ms FROM oncall_calendar;

-- name: put_calendar
-- A calendar was read.
INSERT INTO oncall_calendar (schedule, digest, read_at_ms) VALUES (?, ?, ?)
ON CONFLICT (schedule) DO UPDATE SET digest = excluded.digest, read_at_ms = excluded.read_at_ms;
