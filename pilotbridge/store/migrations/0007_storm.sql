-- A person who is told of very many incidents at once gets one SMS for all of them. told_count are the incidents
-- that it told of; names are those of critical ones, as a JSON list. due_at_ms is when it is looked at again.
CREATE TABLE storm (
  id            INTEGER PRIMARY KEY,
  recipient     TEXT    NOT NULL,
  contact       TEXT    NOT NULL,
  ref           TEXT    NOT NULL DEFAULT '',
  opened_at_ms  INTEGER NOT NULL,
  told_at_ms    INTEGER,
  told_count    INTEGER NOT NULL DEFAULT 0,
  names         TEXT    NOT NULL DEFAULT '[]',
  notifications INTEGER NOT NULL DEFAULT 0,
  due_at_ms     INTEGER,
  closed_at_ms  INTEGER
);

CREATE UNIQUE INDEX storm_open ON storm (recipient) WHERE closed_at_ms IS NULL;

CREATE INDEX storm_due ON storm (due_at_ms) WHERE due_at_ms IS NOT NULL;

CREATE INDEX storm_ref ON storm (ref);

CREATE TABLE storm_incident (
  storm_id     INTEGER NOT NULL,
  incident_id  INTEGER NOT NULL,
  joined_at_ms INTEGER NOT NULL,
  PRIMARY KEY (storm_id, incident_id)
) WITHOUT ROWID;

CREATE INDEX storm_incident_incident ON storm_incident (incident_id);

CREATE TABLE storm_message (
  storm_id   INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (storm_id, message_id)
) WITHOUT ROWID;
