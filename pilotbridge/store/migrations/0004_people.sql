-- Who in a chat is which contact, by a code that was given to them: beside what the configuration says.
CREATE TABLE enrolment (
  chat    TEXT    NOT NULL,
  person  TEXT    NOT NULL,
  contact TEXT    NOT NULL,
  at_ms   INTEGER NOT NULL,
  PRIMARY KEY (chat, person)
) WITHOUT ROWID;

CREATE INDEX enrolment_contact ON enrolment (contact);

-- Codes that tie whoever sends one to a contact, each once. Only what they come to by SHA-256 is kept.
CREATE TABLE link_code (
  digest        BLOB    PRIMARY KEY,
  contact       TEXT    NOT NULL,
  made_by       TEXT    NOT NULL,
  made_at_ms    INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  used_at_ms    INTEGER
) WITHOUT ROWID;

CREATE INDEX link_code_contact ON link_code (contact) WHERE used_at_ms IS NULL;
