-- How far incidents went through the steps of their receivers: every statement by name, a sentence above each.

-- fragment: escalation_columns
e.incident_id, e.told, e.told_at_ms, e.notification_id, e.asked_at_ms, e.wanted, e.cause, e.due_at_ms

-- name: escalations_in
-- Those of some incidents.
SELECT {escalation_columns} FROM escalation e WHERE e.incident_id IN (:values);

-- name: any_escalation
-- Whether any incident is led through steps.
SELECT 1 FROM escalation LIMIT 1;

-- name: due_escalations
-- Those that are to be looked at, the longest due first.
SELECT {escalation_columns} FROM escalation e WHERE e.due_at_ms <= ? ORDER BY e.due_at_ms LIMIT ?;

-- name: next_escalation_due
-- When the next one is.
SELECT min(due_at_ms) FROM escalation WHERE due_at_ms IS NOT NULL;

-- fragment: verdict
n.id, CASE WHEN n.state = 'held' AND n.cause = 'quiet_hours' THEN 'queued' ELSE n.state END, n.contact, n.accepted_at_ms

-- name: sms_of_notifications
-- How the SMS of some notifications fare, or what speaks for them; one that waits for the end of quiet hours is on its way.
SELECT m.notification_id, {verdict} FROM message m JOIN message n ON n.id = coalesce(m.superseded_by, m.id)
WHERE m.incident_id IN (:values) AND m.notification_id IS NOT NULL;

-- name: sms_of_storms
-- How the SMS of the storms fare that speak for the newest step of some incidents.
SELECT e.notification_id, {verdict} FROM escalation e
JOIN storm_incident t ON t.incident_id = e.incident_id JOIN storm_message w ON w.storm_id = t.storm_id
JOIN message m ON m.id = w.message_id JOIN message n ON n.id = coalesce(m.superseded_by, m.id)
WHERE e.incident_id IN (:values) AND t.joined_at_ms >= e.told_at_ms;

-- name: begin_escalation
-- The first step was told; it begins anew when whoever took the incident did not end it in time.
INSERT OR REPLACE INTO escalation (incident_id, told, told_at_ms, notification_id, due_at_ms)
VALUES (:incident, '[0]', :now, :notification, :now);

-- name: begin_missing_escalations
-- Receivers (a JSON list) have further steps now: their open incidents are led through them, too.
INSERT OR IGNORE INTO escalation (incident_id, told, told_at_ms, notification_id, due_at_ms)
SELECT i.id, '[0]', i.opened_at_ms, min(n.id), :now FROM incident i JOIN notification n ON n.incident_id = i.id
WHERE i.closed_at_ms IS NULL AND i.receiver IN (SELECT value FROM json_each(:receivers)) GROUP BY i.id;

-- name: step_told
-- A further step was told.
UPDATE escalation SET told = :told, told_at_ms = :now, notification_id = :notification, asked_at_ms = NULL,
  wanted = NULL, cause = '', due_at_ms = :now WHERE incident_id = :incident;

-- name: want_step
-- A step is to be told when its group is looked at next.
UPDATE escalation SET wanted = :step, cause = :cause, due_at_ms = NULL WHERE incident_id = :incident;

-- name: await_step
-- When it is looked at again; whether the gateway was asked once more meanwhile.
UPDATE escalation SET due_at_ms = :due, asked_at_ms = coalesce(:asked, asked_at_ms) WHERE incident_id = :incident;

-- name: wake_escalation
-- Look at one now: somebody took its incident or gave it back, so that a step that waits to be told may not be wanted any more.
UPDATE escalation SET due_at_ms = :now, wanted = NULL, cause = '' WHERE incident_id = :incident;

-- name: wake_escalations
-- Look at all of them now: another configuration counts, or another run has begun.
UPDATE escalation SET due_at_ms = :now WHERE wanted IS NULL;

-- name: shift_escalations
-- The wall clock was set: steps come as late as they would have.
UPDATE escalation SET told_at_ms = told_at_ms + :by, asked_at_ms = asked_at_ms + :by, due_at_ms = due_at_ms + :by;

-- name: end_escalation
-- Its incident is over.
DELETE FROM escalation WHERE incident_id = ?;

-- name: hurry_statuses
-- Ask the gateway now what became of the SMS of one notification. A question out of turn is none of the schedule.
UPDATE message SET due_at_ms = :now, checks = max(checks - 1, 0) WHERE state = 'accepted' AND due_at_ms > :now AND id IN (
  SELECT id FROM message WHERE incident_id = :incident AND notification_id = :notification
  UNION ALL SELECT w.message_id FROM storm_incident t JOIN storm_message w ON w.storm_id = t.storm_id
  WHERE t.incident_id = :incident);
