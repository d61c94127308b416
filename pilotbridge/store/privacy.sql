-- What is kept about one number, and how it is forgotten: every statement by name, a sentence above each.

-- fragment: of_phone
conversation_id IN (SELECT id FROM conversation WHERE party = :phone)

-- name: unfinished_of_phone
-- What is still to happen with a number: it must come to its end before it can be forgotten.
SELECT 'message', id, state FROM message WHERE recipient = :phone AND state NOT IN ({finished})
UNION ALL SELECT 'inbound', id, state FROM inbound WHERE sender = :digits AND state = 'received'
UNION ALL SELECT 'post', id, state FROM post WHERE {of_phone} AND state NOT IN ({finished});

-- name: kept_of_phone
-- How many rows of each kind hold a number or what was said to it.
SELECT (SELECT count(*) FROM post WHERE {of_phone} AND content <> '{}'),
  (SELECT count(*) FROM chat_update WHERE {of_phone} AND body <> x''),
  (SELECT count(*) FROM question WHERE json_extract(content, '$.conversation') IN (SELECT id FROM conversation WHERE party = :phone)),
  (SELECT count(*) FROM message WHERE recipient = :phone),
  (SELECT count(*) FROM inbound WHERE sender = :digits),
  (SELECT count(*) FROM conversation WHERE party = :phone),
  (SELECT count(*) FROM optout WHERE phone = :phone),
  (SELECT count(*) FROM plugin_value WHERE key IN (:phone, :digits));

-- name: mentions_of_phone
-- How many bodies hold a number, and values of plugins that are about something else; looks at all of them.
SELECT (SELECT count(*) FROM journal WHERE instr(body, CAST(:digits AS BLOB))),
  (SELECT count(*) FROM chat_update WHERE instr(body, CAST(:digits AS BLOB))),
  (SELECT count(*) FROM plugin_value WHERE instr(value, :digits) AND key NOT IN (:phone, :digits));

-- name: posts_of_phone
-- Every post of the conversations with a number, oldest first.
SELECT {post_columns} FROM post p WHERE {of_phone} ORDER BY id;

-- name: optouts_ever_of
-- What a phone has opted out of, ended ones too.
SELECT line, since_ms, reason, ended_at_ms, ended FROM optout WHERE phone = ? ORDER BY id;

-- name: plugin_values_of
-- What plugins keep under a number.
SELECT plugin, store, key, value FROM plugin_value WHERE key IN (:phone, :digits) ORDER BY plugin, store, key;

-- name: forget_chat_updates
-- What people wrote to a number, as it came from their chat.
UPDATE chat_update SET body = x'', reason = '(forgotten)' WHERE id IN (SELECT id FROM chat_update WHERE {of_phone} AND body <> x''
  AND state <> 'received' ORDER BY id LIMIT :limit);

-- name: forget_posts
-- What was said to a number and by it, in finished posts.
UPDATE post SET content = '{}' WHERE id IN (SELECT id FROM post WHERE {of_phone} AND content <> '{}'
  AND state IN ({finished}) ORDER BY id LIMIT :limit);

-- name: forget_questions
-- Questions about a number, with the texts they were about.
DELETE FROM question WHERE json_extract(content, '$.conversation') IN (SELECT id FROM conversation WHERE party = :phone);

-- name: forget_attempts
-- The heads of answers about messages that are forgotten next.
UPDATE attempt SET head = '' WHERE head <> '' AND message_id IN (SELECT id FROM message WHERE recipient = :phone
  AND state IN ({finished}) ORDER BY id LIMIT :limit);

-- name: forget_messages
-- Finished messages stay for the counts, with neither number nor text.
UPDATE message SET recipient = :nobody, text = :text, contact = '', revision = revision + 1
WHERE id IN (SELECT id FROM message WHERE recipient = :phone AND state IN ({finished}) ORDER BY id LIMIT :limit);

-- name: forget_inbound
-- SMS that came in stay, so that the gateway's feed does not bring them again.
UPDATE inbound SET sender = 'forgotten', text = :text WHERE id IN (SELECT id FROM inbound WHERE sender = :digits
  AND state <> 'received' ORDER BY id LIMIT :limit);

-- name: forget_conversations
-- Conversations stay as the place where a thread leads, which is nobody's.
UPDATE conversation SET party = 'forgotten ' || id, title = 'forgotten', state = 'closed', waits_since_ms = NULL,
  remind_at_ms = NULL WHERE party = :phone;

-- name: forget_plugin_values
-- What plugins keep under a number.
DELETE FROM plugin_value WHERE key IN (:phone, :digits);

-- name: forget_optout_events
-- Why a phone had opted out.
UPDATE event SET reason = :text WHERE subject = 'optout' AND subject_id IN (SELECT id FROM optout WHERE phone = :phone);

-- name: forget_ended_optouts
-- Opt-outs that have ended.
DELETE FROM optout WHERE phone = :phone AND ended_at_ms IS NOT NULL;

-- name: forget_optouts
-- A standing opt-out is still heeded, by the number's digest; where one stands already nothing is added.
UPDATE OR REPLACE optout SET phone = :digest, reason = :text WHERE phone = :phone;

-- name: prune_optouts
-- Forget opt-outs that ended long ago.
DELETE FROM optout WHERE id IN (SELECT id FROM optout WHERE ended_at_ms < ? LIMIT ?);
