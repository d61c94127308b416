-- An incident's card in a room: the post that is edited as the incident changes. shown is the digest of what
-- the newest edit says; token leads from its buttons back here.
CREATE TABLE card (
  incident_id INTEGER NOT NULL,
  chat        TEXT    NOT NULL,
  room        TEXT    NOT NULL,
  post_id     INTEGER NOT NULL,
  token       TEXT    NOT NULL,
  shown       TEXT    NOT NULL,
  silence_id  TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (incident_id, chat, room)
) WITHOUT ROWID;

CREATE UNIQUE INDEX card_token ON card (token);
