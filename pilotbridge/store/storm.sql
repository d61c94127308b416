-- Storms: many incidents told to one person by one SMS. Every statement by name, a sentence above each.

-- fragment: storm_columns
s.id, s.recipient, s.contact, s.ref, s.opened_at_ms, s.told_at_ms, s.told_count, s.names, s.notifications, s.closed_at_ms

-- name: open_storms
-- Those that rage now.
SELECT {storm_columns} FROM storm s WHERE s.closed_at_ms IS NULL;

-- name: storm_of
-- The one that rages over this number.
SELECT {storm_columns} FROM storm s WHERE s.recipient = ? AND s.closed_at_ms IS NULL;

-- name: storm_by_ref
-- The newest that carried this ref.
SELECT {storm_columns} FROM storm s WHERE s.ref = ? AND s.ref <> '' ORDER BY s.id DESC LIMIT 1;

-- name: storms_told_to
-- Those that this number was told of since then, newest first.
SELECT {storm_columns} FROM storm s WHERE s.recipient = ? AND s.told_at_ms >= ? ORDER BY s.id DESC;

-- name: due_storms
-- Those that are to be looked at.
SELECT {storm_columns} FROM storm s WHERE s.due_at_ms <= ? ORDER BY s.due_at_ms LIMIT ?;

-- name: next_storm_due
-- When the next one is.
SELECT min(due_at_ms) FROM storm WHERE due_at_ms IS NOT NULL;

-- name: storm_members
-- The incidents of one, in the order in which they joined it.
SELECT i.id, i.ref, i.name, i.severity, i.opened_at_ms, i.closed_at_ms, i.acknowledged_by, t.joined_at_ms,
  t.has_news, i.acknowledged_at_ms
FROM storm_incident t JOIN incident i ON i.id = t.incident_id WHERE t.storm_id = ? ORDER BY t.joined_at_ms, i.id;

-- name: in_storm
-- Whether an incident is part of one.
SELECT 1 FROM storm_incident WHERE storm_id = ? AND incident_id = ?;

-- name: incidents_in_storms
-- Which of these incidents somebody is told of by the SMS of a storm.
SELECT DISTINCT incident_id FROM storm_incident WHERE incident_id IN (:values);

-- name: open_storm
-- It begins.
INSERT INTO storm (recipient, contact, opened_at_ms, due_at_ms) VALUES (?, ?, ?, ?);

-- name: join_storm
-- An incident is told of by the storm's SMS.
INSERT OR IGNORE INTO storm_incident (storm_id, incident_id, joined_at_ms) VALUES (?, ?, ?);

-- name: storm_has_news
-- An incident that is in it already has something to say.
UPDATE storm_incident SET has_news = 1 WHERE storm_id = ? AND incident_id = ?;

-- name: storm_news_told
-- Whatever there was to say of its incidents is said.
UPDATE storm_incident SET has_news = 0 WHERE storm_id = ? AND has_news = 1;

-- name: stir_storm
-- Look at it no later than then.
UPDATE storm SET due_at_ms = min(coalesce(due_at_ms, :due), :due) WHERE id = :id;

-- name: storm_told
-- Its next SMS is in the outbox.
UPDATE storm SET ref = :ref, told_at_ms = :now, told_count = :count, names = :names, notifications = notifications + 1,
  due_at_ms = :due WHERE id = :id;

-- name: await_storm
-- There is nothing to say yet.
UPDATE storm SET due_at_ms = ? WHERE id = ?;

-- name: close_storm
-- It is over.
UPDATE storm SET closed_at_ms = ?, due_at_ms = NULL WHERE id = ?;

-- name: shift_storms
-- The wall clock was set: storms that rage are as old as they were.
UPDATE storm SET opened_at_ms = opened_at_ms + :by, told_at_ms = told_at_ms + :by, due_at_ms = due_at_ms + :by
WHERE closed_at_ms IS NULL;

-- name: shift_storm_incidents
-- And so are those in them.
UPDATE storm_incident SET joined_at_ms = joined_at_ms + :by;

-- name: add_storm_message
-- This SMS speaks for the storm.
INSERT INTO storm_message (storm_id, message_id) VALUES (?, ?);

-- name: messages_of_storm
-- The SMS that spoke for one, oldest first.
SELECT message_id FROM storm_message WHERE storm_id = ? ORDER BY message_id;

-- name: prune_storms
-- Forget what is long over.
DELETE FROM storm WHERE id IN (SELECT id FROM storm WHERE closed_at_ms < ? LIMIT ?);

-- name: prune_storm_incidents
-- And what it was about.
DELETE FROM storm_incident WHERE storm_id NOT IN (SELECT id FROM storm);

-- name: prune_storm_messages
-- And what was said of it.
DELETE FROM storm_message WHERE storm_id NOT IN (SELECT id FROM storm);
