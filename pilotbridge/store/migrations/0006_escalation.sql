-- How far an open incident went through its receiver's steps. told is a JSON list of their indexes, of which
-- the newest was told at told_at_ms by notification_id. wanted is the step that is told when its group is
-- looked at next, for the sake of cause; while it is set there is nothing else to wait for.
CREATE TABLE escalation (
  incident_id     INTEGER PRIMARY KEY,
  told            TEXT    NOT NULL,
  told_at_ms      INTEGER NOT NULL,
  notification_id INTEGER NOT NULL,
  asked_at_ms     INTEGER,
  wanted          INTEGER,
  cause           TEXT    NOT NULL DEFAULT '',
  due_at_ms       INTEGER
);

CREATE INDEX escalation_due ON escalation (due_at_ms) WHERE due_at_ms IS NOT NULL;

-- Which step of the receiver a notification told; only escalations tell another than the first.
ALTER TABLE notification ADD COLUMN step INTEGER NOT NULL DEFAULT 0;
