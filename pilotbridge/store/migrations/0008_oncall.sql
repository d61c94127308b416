-- Who stands in for whom on call: what people decided beside the rotations, the newest first. kind says how it
-- came: override, take, swap, or kept (whoever comes is not proved to be reachable, so whoever leaves stays).
-- ended_at_ms: somebody ended it before its time.
CREATE TABLE oncall_override (
  id           INTEGER PRIMARY KEY,
  schedule     TEXT    NOT NULL,
  contact      TEXT    NOT NULL,
  starts_at_ms INTEGER NOT NULL,
  ends_at_ms   INTEGER NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('override', 'take', 'swap', 'kept')),
  stands_for   TEXT    NOT NULL DEFAULT '',
  made_by      TEXT    NOT NULL,
  made_at_ms   INTEGER NOT NULL,
  swap_id      INTEGER,
  ended_at_ms  INTEGER,
  CHECK (ends_at_ms > starts_at_ms)
);

CREATE INDEX oncall_override_ends ON oncall_override (ends_at_ms);

-- One asks another to trade places on call. code is what an answer names; it is free again once answered.
CREATE TABLE oncall_swap (
  id             INTEGER PRIMARY KEY,
  code           TEXT    NOT NULL,
  schedule       TEXT    NOT NULL,
  asker          TEXT    NOT NULL,
  other          TEXT    NOT NULL,
  starts_at_ms   INTEGER NOT NULL,
  ends_at_ms     INTEGER NOT NULL,
  state          TEXT    NOT NULL CHECK (state IN ('asked', 'agreed', 'declined', 'lapsed')),
  made_by        TEXT    NOT NULL,
  asked_at_ms    INTEGER NOT NULL,
  due_at_ms      INTEGER NOT NULL,
  answered_at_ms INTEGER,
  message_id     INTEGER
);

CREATE UNIQUE INDEX oncall_swap_code ON oncall_swap (code) WHERE state = 'asked';

CREATE INDEX oncall_swap_due ON oncall_swap (due_at_ms) WHERE state = 'asked';

-- Who was last said to be on call, so that every change is said once.
CREATE TABLE oncall_holder (
  schedule    TEXT    PRIMARY KEY,
  contact     TEXT    NOT NULL,
  since_ms    INTEGER NOT NULL,
  until_ms    INTEGER
) WITHOUT ROWID;

-- A hand-over whose comer's phone is proved first, by an SMS that has to be delivered after asked_at_ms.
-- asked: before the shift; kept: not proved when it began, so that override_id keeps the leaver on call.
CREATE TABLE oncall_handover (
  id          INTEGER PRIMARY KEY,
  schedule    TEXT    NOT NULL,
  at_ms       INTEGER NOT NULL,
  until_ms    INTEGER,
  leaver      TEXT    NOT NULL,
  comer       TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('asked', 'kept', 'done', 'dropped')),
  asked_at_ms INTEGER NOT NULL,
  asked_again_at_ms INTEGER NOT NULL,
  message_id  INTEGER,
  override_id INTEGER
);

CREATE UNIQUE INDEX oncall_handover_open ON oncall_handover (schedule) WHERE state IN ('asked', 'kept');

-- What the calendars of schedules last said: their last good copy, spread out over the time to come.
CREATE TABLE oncall_event (
  schedule     TEXT    NOT NULL,
  contact      TEXT    NOT NULL,
  starts_at_ms INTEGER NOT NULL,
  ends_at_ms   INTEGER NOT NULL,
  PRIMARY KEY (schedule, starts_at_ms, ends_at_ms, contact)
) WITHOUT ROWID;

CREATE TABLE oncall_calendar (
  schedule    TEXT    PRIMARY KEY,
  digest      TEXT    NOT NULL,
  read_at_ms  INTEGER NOT NULL
) WITHOUT ROWID;
