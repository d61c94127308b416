-- How conversations wait for an answer: since when, when that is called to mind next and how often it was, and
-- the line's last day on which an away text was sent.
ALTER TABLE conversation ADD COLUMN waits_since_ms INTEGER;

ALTER TABLE conversation ADD COLUMN remind_at_ms INTEGER;

ALTER TABLE conversation ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;

ALTER TABLE conversation ADD COLUMN away_on TEXT NOT NULL DEFAULT '';

CREATE INDEX conversation_remind ON conversation (remind_at_ms) WHERE remind_at_ms IS NOT NULL;
