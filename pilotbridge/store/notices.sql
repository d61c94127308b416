-- Silences that tell people that they begin and end: every statement by name, a sentence above each.

-- name: tell_of_silence
-- A receiver hears of it.
INSERT OR REPLACE INTO silence_notice (silence_id, receiver) VALUES (?, ?);

-- name: notice_of
-- Who hears of a silence.
SELECT receiver FROM silence_notice WHERE silence_id = ?;

-- name: due_notices
-- What there is to tell now, what is over before what begins.
SELECT n.receiver, n.told, s.id, s.matchers, s.starts_at_ms, s.ends_at_ms, s.author, s.comment
FROM silence_notice n JOIN silence s ON s.id = n.silence_id
WHERE (n.told = 0 AND s.starts_at_ms <= :now) OR (n.told < 2 AND s.ends_at_ms <= :now)
ORDER BY n.told DESC, s.starts_at_ms, s.id LIMIT 100;

-- name: next_notice_due
-- When there is something to tell next.
SELECT min(CASE WHEN n.told = 0 THEN s.starts_at_ms ELSE s.ends_at_ms END)
FROM silence_notice n JOIN silence s ON s.id = n.silence_id WHERE n.told < 2;

-- name: notice_told
-- It was told.
UPDATE silence_notice SET told = ? WHERE silence_id = ?;

-- name: prune_notices
-- Forget those of silences that are gone.
DELETE FROM silence_notice WHERE silence_id NOT IN (SELECT id FROM silence);
