-- The first schema. Times are milliseconds since 1970 (UTC); money is in 1/10000 rouble.
-- A column due_at_ms is set exactly while somebody has to look at the row again.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- Bodies as they came. What is not yet taken in also stands in journal_waiting.
CREATE TABLE journal (
  id             INTEGER PRIMARY KEY,
  source         TEXT    NOT NULL,
  received_at_ms INTEGER NOT NULL,
  headers        TEXT    NOT NULL,
  query          TEXT    NOT NULL,
  body           BLOB    NOT NULL,
  alerts         INTEGER NOT NULL,
  once           TEXT
);

CREATE UNIQUE INDEX journal_once ON journal (source, once) WHERE once IS NOT NULL;

CREATE INDEX journal_age ON journal (received_at_ms);

CREATE TABLE journal_waiting (
  journal_id INTEGER PRIMARY KEY
);

-- Bodies that were refused, so that a sender that drops on 4xx does not fail in silence.
CREATE TABLE refusal (
  id      INTEGER PRIMARY KEY,
  at_ms   INTEGER NOT NULL,
  source  TEXT    NOT NULL,
  status  INTEGER NOT NULL,
  code    TEXT    NOT NULL,
  message TEXT    NOT NULL,
  place   TEXT    NOT NULL,
  head    BLOB    NOT NULL
);

-- One row per condition; a new episode of it renews the row.
CREATE TABLE alert (
  id              INTEGER PRIMARY KEY,
  fingerprint     BLOB    NOT NULL,
  source          TEXT    NOT NULL,
  labels          TEXT    NOT NULL,
  annotations     TEXT    NOT NULL,
  state           TEXT    NOT NULL CHECK (state IN ('firing', 'resolved', 'stale')),
  starts_at_ms    INTEGER NOT NULL,
  ends_at_ms      INTEGER,
  last_seen_at_ms INTEGER NOT NULL,
  expires_at_ms   INTEGER,
  leased          INTEGER NOT NULL,
  sender_group    TEXT    NOT NULL,
  url             TEXT    NOT NULL,
  is_test         INTEGER NOT NULL,
  journal_id      INTEGER NOT NULL,
  decided         TEXT    NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX alert_fingerprint ON alert (fingerprint);

CREATE INDEX alert_expiry ON alert (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

CREATE INDEX alert_sender ON alert (sender_group) WHERE sender_group <> '' AND state = 'firing';

-- Alerts of one route that share its group_by labels.
CREATE TABLE alert_group (
  id             INTEGER PRIMARY KEY,
  key            BLOB    NOT NULL,
  receiver       TEXT    NOT NULL,
  route          TEXT    NOT NULL,
  labels         TEXT    NOT NULL,
  sender_group   TEXT    NOT NULL,
  incident_id    INTEGER,
  due_at_ms      INTEGER,
  flushed_at_ms  INTEGER,
  notified_at_ms INTEGER,
  muted          TEXT    NOT NULL DEFAULT '',
  left_out       INTEGER NOT NULL DEFAULT 0,
  revision       INTEGER NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX alert_group_key ON alert_group (key);

CREATE INDEX alert_group_due ON alert_group (due_at_ms) WHERE due_at_ms IS NOT NULL;

CREATE INDEX alert_group_muted ON alert_group (id) WHERE muted <> '';

-- told: 0 nobody was told, 1 told that it fires, 2 over, and whoever had to know knows.
CREATE TABLE member (
  group_id INTEGER NOT NULL,
  alert_id INTEGER NOT NULL,
  told     INTEGER NOT NULL,
  PRIMARY KEY (group_id, alert_id)
) WITHOUT ROWID;

CREATE INDEX member_alert ON member (alert_id);

CREATE TABLE incident (
  id                 INTEGER PRIMARY KEY,
  ref                TEXT    NOT NULL,
  group_id           INTEGER NOT NULL,
  receiver           TEXT    NOT NULL,
  route              TEXT    NOT NULL,
  labels             TEXT    NOT NULL,
  name               TEXT    NOT NULL,
  severity           TEXT    NOT NULL,
  opened_at_ms       INTEGER NOT NULL,
  closed_at_ms       INTEGER,
  ended              TEXT    NOT NULL DEFAULT '',
  alerts             INTEGER NOT NULL DEFAULT 0,
  notifications      INTEGER NOT NULL DEFAULT 0,
  acknowledged_at_ms INTEGER,
  acknowledged_by    TEXT    NOT NULL DEFAULT '',
  acknowledged_alerts INTEGER NOT NULL DEFAULT 0,
  acknowledged_severity TEXT NOT NULL DEFAULT '',
  note               TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX incident_ref ON incident (ref);

CREATE INDEX incident_open ON incident (opened_at_ms) WHERE closed_at_ms IS NULL;

CREATE INDEX incident_closed ON incident (closed_at_ms) WHERE closed_at_ms IS NOT NULL;

-- Which alerts an incident was told of, and the body that first said so.
CREATE TABLE incident_alert (
  incident_id INTEGER NOT NULL,
  alert_id    INTEGER NOT NULL,
  journal_id  INTEGER NOT NULL,
  PRIMARY KEY (incident_id, alert_id)
) WITHOUT ROWID;

CREATE TABLE notification (
  id          INTEGER PRIMARY KEY,
  incident_id INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  receiver    TEXT    NOT NULL,
  firing      INTEGER NOT NULL,
  fresh       INTEGER NOT NULL,
  resolved    INTEGER NOT NULL
);

CREATE INDEX notification_incident ON notification (incident_id);

-- The outbox.
CREATE TABLE message (
  id                INTEGER PRIMARY KEY,
  state             TEXT    NOT NULL CHECK (state IN ('queued', 'held', 'sending', 'in_doubt', 'parked',
                    'accepted', 'delivered', 'undelivered', 'unconfirmed', 'refused', 'cancelled', 'lapsed')),
  reason            TEXT    NOT NULL CHECK (reason <> ''),
  cause             TEXT    NOT NULL DEFAULT '',
  recipient         TEXT    NOT NULL,
  contact           TEXT    NOT NULL,
  sender            TEXT    NOT NULL,
  text              TEXT    NOT NULL,
  text_is_unique    INTEGER NOT NULL,
  critical          INTEGER NOT NULL,
  prefer_duplicate  INTEGER NOT NULL,
  ttl_min           INTEGER,
  origin            TEXT    NOT NULL,
  incident_id       INTEGER,
  notification_id   INTEGER,
  after_id          INTEGER,
  retry_of          INTEGER,
  gateway           TEXT    NOT NULL,
  server_id         TEXT    NOT NULL DEFAULT '',
  parts             INTEGER NOT NULL,
  cost_e4           INTEGER,
  attempts          INTEGER NOT NULL DEFAULT 0,
  failures          INTEGER NOT NULL DEFAULT 0,
  created_at_ms     INTEGER NOT NULL,
  due_at_ms         INTEGER,
  lapses_at_ms      INTEGER NOT NULL,
  in_doubt_since_ms INTEGER,
  doubt_boot_ms     INTEGER,
  doubt_boot_id     TEXT    NOT NULL DEFAULT '',
  doubt_tries       INTEGER NOT NULL DEFAULT 0,
  accepted_at_ms    INTEGER,
  settled_at_ms     INTEGER,
  checks            INTEGER NOT NULL DEFAULT 0,
  revision          INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX message_due ON message (state, gateway, critical, due_at_ms) WHERE due_at_ms IS NOT NULL;

CREATE INDEX message_recipient ON message (recipient, created_at_ms);

CREATE INDEX message_incident ON message (incident_id, recipient) WHERE incident_id IS NOT NULL;

CREATE INDEX message_retry ON message (retry_of) WHERE retry_of IS NOT NULL;

CREATE INDEX message_spent ON message (accepted_at_ms, gateway, cost_e4) WHERE accepted_at_ms IS NOT NULL;

CREATE INDEX message_server_id ON message (server_id) WHERE server_id <> '';

CREATE INDEX message_stuck ON message (state) WHERE state IN ('held', 'in_doubt', 'parked', 'refused', 'undelivered', 'lapsed');

CREATE TABLE attempt (
  message_id    INTEGER NOT NULL,
  number        INTEGER NOT NULL,
  gateway       TEXT    NOT NULL,
  packet        INTEGER NOT NULL,
  packet_size   INTEGER NOT NULL,
  epoch         INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  boot_ms       INTEGER NOT NULL,
  boot_id       TEXT    NOT NULL,
  ended_at_ms   INTEGER,
  outcome       TEXT    NOT NULL DEFAULT '',
  code          INTEGER NOT NULL DEFAULT 0,
  reason        TEXT    NOT NULL DEFAULT '',
  head          TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (message_id, number)
) WITHOUT ROWID;

-- Everything that happened to a message, an incident or a silence, append-only.
CREATE TABLE event (
  id         INTEGER PRIMARY KEY,
  subject    TEXT    NOT NULL,
  subject_id INTEGER NOT NULL,
  at_ms      INTEGER NOT NULL,
  event      TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  reason     TEXT    NOT NULL
);

CREATE INDEX event_subject ON event (subject, subject_id);

-- What the gateway's callbacks claimed. message_id is NULL while none of our rows matches.
CREATE TABLE callback_hint (
  id           INTEGER PRIMARY KEY,
  at_ms        INTEGER NOT NULL,
  gateway      TEXT    NOT NULL,
  message_id   INTEGER,
  server_id    TEXT    NOT NULL,
  status       TEXT    NOT NULL,
  error        TEXT    NOT NULL,
  due_at_ms    INTEGER,
  tries        INTEGER NOT NULL DEFAULT 0,
  verdict      TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX callback_hint_due ON callback_hint (due_at_ms) WHERE due_at_ms IS NOT NULL;

CREATE INDEX callback_hint_orphan ON callback_hint (server_id) WHERE message_id IS NULL;

CREATE TABLE inbound (
  id             INTEGER PRIMARY KEY,
  gateway        TEXT    NOT NULL,
  gateway_id     TEXT    NOT NULL,
  sender         TEXT    NOT NULL,
  number         TEXT    NOT NULL,
  text           TEXT    NOT NULL,
  created_at_ms  INTEGER NOT NULL,
  received_at_ms INTEGER NOT NULL,
  state          TEXT    NOT NULL CHECK (state IN ('received', 'answered', 'routed', 'unrouted')),
  reason         TEXT    NOT NULL,
  reply_id       INTEGER
);

CREATE UNIQUE INDEX inbound_once ON inbound (gateway, gateway_id);

CREATE INDEX inbound_waiting ON inbound (id) WHERE state = 'received';

CREATE INDEX inbound_sender ON inbound (sender);

CREATE TABLE cursor (
  name  TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE silence (
  id            TEXT PRIMARY KEY,
  matchers      TEXT    NOT NULL,
  starts_at_ms  INTEGER NOT NULL,
  ends_at_ms    INTEGER NOT NULL,
  author        TEXT    NOT NULL,
  comment       TEXT    NOT NULL,
  created_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE plugin_value (
  plugin TEXT NOT NULL,
  store  TEXT NOT NULL,
  key    TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (plugin, store, key)
) WITHOUT ROWID;

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE once (
  scope  TEXT    NOT NULL,
  key    TEXT    NOT NULL,
  answer TEXT    NOT NULL,
  at_ms  INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;

-- How many messages stand in each state. The verbs that move messages keep it: triggers would make each of
-- these statements cost twice as much. `db verify` counts anew.
CREATE TABLE message_count (
  state  TEXT PRIMARY KEY,
  amount INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO message_count VALUES ('queued', 0), ('held', 0), ('sending', 0), ('in_doubt', 0), ('parked', 0), ('accepted', 0),
  ('delivered', 0), ('undelivered', 0), ('unconfirmed', 0), ('refused', 0), ('cancelled', 0), ('lapsed', 0);

CREATE TRIGGER message_uncounted AFTER DELETE ON message BEGIN
  UPDATE message_count SET amount = amount - 1 WHERE state = old.state;
END;

CREATE VIEW messages AS
SELECT id, state, reason, recipient, text, datetime(created_at_ms / 1000, 'unixepoch') AS created_utc,
  attempts, server_id, cost_e4 / 10000.0 AS cost_rub FROM message;
