-- Whom a silence tells that it begins and ends: maintenance. told is 0, then 1 (it began), then 2 (it ended).
CREATE TABLE silence_notice (
  silence_id TEXT    PRIMARY KEY,
  receiver   TEXT    NOT NULL,
  told       INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
