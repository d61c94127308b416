-- What /metrics counts of chats is kept where it changes, for to count it anew looks at all there has ever been. By
-- triggers: these rows move a few times in their life, unlike messages. `db verify` counts anew.
ALTER TABLE post ADD COLUMN is_stuck INTEGER NOT NULL GENERATED ALWAYS AS
  (state IN ('held', 'in_doubt', 'parked', 'refused', 'undelivered', 'lapsed')
  AND NOT (kind IN ('mark', 'thread', 'change') AND state = 'refused')) VIRTUAL;

CREATE TABLE tally (
  what   TEXT PRIMARY KEY,
  amount INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO tally VALUES ('new', (SELECT count(*) FROM conversation WHERE state = 'new')),
  ('answered', (SELECT count(*) FROM conversation WHERE state = 'answered')),
  ('closed', (SELECT count(*) FROM conversation WHERE state = 'closed')),
  ('post stuck', (SELECT count(*) FROM post WHERE is_stuck));

CREATE TRIGGER conversation_made AFTER INSERT ON conversation BEGIN
  UPDATE tally SET amount = amount + 1 WHERE what = new.state;
END;

CREATE TRIGGER conversation_moved AFTER UPDATE OF state ON conversation WHEN new.state <> old.state BEGIN
  UPDATE tally SET amount = amount + 1 WHERE what = new.state;
  UPDATE tally SET amount = amount - 1 WHERE what = old.state;
END;

CREATE TRIGGER conversation_gone AFTER DELETE ON conversation BEGIN
  UPDATE tally SET amount = amount - 1 WHERE what = old.state;
END;

CREATE TRIGGER post_made AFTER INSERT ON post WHEN new.is_stuck BEGIN
  UPDATE tally SET amount = amount + 1 WHERE what = 'post stuck';
END;

CREATE TRIGGER post_moved AFTER UPDATE OF state ON post WHEN new.is_stuck <> old.is_stuck BEGIN
  UPDATE tally SET amount = amount + new.is_stuck - old.is_stuck WHERE what = 'post stuck';
END;

CREATE TRIGGER post_gone AFTER DELETE ON post WHEN old.is_stuck BEGIN
  UPDATE tally SET amount = amount - 1 WHERE what = 'post stuck';
END;

-- An alert that is over is asked for by when it ended or was last spoken of, and an end may lie ahead of the last word.
DROP INDEX alert_ended;

CREATE INDEX alert_over ON alert (state, max(last_seen_at_ms, coalesce(ends_at_ms, 0))) WHERE expires_at_ms IS NULL;
