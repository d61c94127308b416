-- Every statement about people, by name, a sentence above each; the rules are those of queries.sql.

-- name: put_enrolment
-- A person in a chat is this contact from now on.
INSERT INTO enrolment (chat, person, contact, at_ms) VALUES (?, ?, ?, ?)
ON CONFLICT (chat, person) DO UPDATE SET contact = excluded.contact, at_ms = excluded.at_ms;

-- name: get_enrolment
-- Who a person in a chat is.
SELECT chat, person, contact, at_ms FROM enrolment WHERE chat = ? AND person = ?;

-- name: enrolments_of
-- Who a contact is in chats, the newest first.
SELECT chat, person, contact, at_ms FROM enrolment WHERE contact = ? ORDER BY at_ms DESC, chat, person;

-- name: put_link_code
-- A code for a contact.
INSERT INTO link_code (digest, contact, made_by, made_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?);

-- name: end_link_codes
-- Codes of a contact that were not used end with the next one.
DELETE FROM link_code WHERE contact = ? AND used_at_ms IS NULL;

-- name: use_link_code
-- Whose code that is; nobody can use it again.
UPDATE link_code SET used_at_ms = :now WHERE digest = :digest AND used_at_ms IS NULL AND expires_at_ms > :now
RETURNING contact;

-- name: prune_link_codes
-- Forget codes that can do nothing any more.
DELETE FROM link_code WHERE digest IN (SELECT digest FROM link_code WHERE expires_at_ms < ? LIMIT ?);

-- fragment: unanswered
(SELECT count(DISTINCT p.subject_id) FROM post p WHERE p.conversation_id = c.id AND p.subject = 'inbound'
  AND c.state = 'new' AND p.created_at_ms > coalesce(c.last_out_ms, 0)
  AND EXISTS (SELECT 1 FROM inbound i WHERE i.id = p.subject_id AND i.state = 'routed')) AS unanswered

-- fragment: last_happened
max(coalesce(last_in_ms, 0), coalesce(last_out_ms, 0), made_at_ms)

-- name: conversations_viewed
-- Conversations of one state with what waits for an answer in them; the one where something happened last comes first.
SELECT c.*, {unanswered}
FROM (
  SELECT {conversation_columns} FROM conversation WHERE (:line = '' OR line = :line) AND state = :state
  ORDER BY {last_happened} DESC, id DESC LIMIT :limit
) AS c;

-- name: conversations_viewed_of
-- The same of one party, in any state.
SELECT c.*, {unanswered}
FROM (
  SELECT {conversation_columns} FROM conversation
  WHERE party = :party AND (:line = '' OR line = :line) AND (:state = '' OR state = :state)
  ORDER BY {last_happened} DESC, id DESC LIMIT :limit
) AS c;

-- name: conversation_viewed
-- The same of one conversation.
SELECT c.*, {unanswered} FROM (SELECT {conversation_columns} FROM conversation WHERE id = ?) AS c;

-- fragment: its_conversation
(SELECT min(p.conversation_id) FROM post p WHERE p.subject = 'inbound' AND p.subject <> '' AND p.subject_id = inbound.id)

-- fragment: oldest_inbound
-- What was written since then came in after the day before, whatever the gateway's clock says.
coalesce((SELECT id FROM inbound WHERE received_at_ms >= :since - 86400000 ORDER BY received_at_ms LIMIT 1), 0)

-- name: inbound_viewed
-- SMS that came in, newest first, with the conversation that each went to.
SELECT {inbound_columns}, {its_conversation} FROM inbound WHERE created_at_ms >= :since AND id >= {oldest_inbound} ORDER BY id DESC;

-- name: inbound_viewed_in
-- The same in one state.
SELECT {inbound_columns}, {its_conversation} FROM inbound WHERE state = :state AND created_at_ms >= :since AND id >= {oldest_inbound}
ORDER BY id DESC;

-- name: inbound_viewed_of
-- The same from one sender.
SELECT {inbound_columns}, {its_conversation} FROM inbound
WHERE sender = :sender AND (:state = '' OR state = :state) AND created_at_ms >= :since ORDER BY id DESC;

-- name: inbound_viewed_one
-- One of them.
SELECT {inbound_columns}, {its_conversation} FROM inbound WHERE id = ?;

-- name: messages_viewed
-- Messages to a phone, newest first, each with the conversation it was written in, and by whom.
SELECT {message_columns}, coalesce(c.conversation_id, (SELECT min(p.conversation_id) FROM post p
  WHERE p.subject = 'message' AND p.subject <> '' AND p.subject_id = m.id)), coalesce(c.person, '')
FROM message m LEFT JOIN incident i ON i.id = m.incident_id LEFT JOIN chat_sms c ON c.message_id = m.id
WHERE m.recipient = ? ORDER BY m.created_at_ms DESC, m.id DESC;

-- name: messages_of_conversation
-- Messages that were written in a conversation, newest first, as above.
SELECT {message_columns}, coalesce(c.conversation_id, :id), coalesce(c.person, '')
FROM message m LEFT JOIN incident i ON i.id = m.incident_id LEFT JOIN chat_sms c ON c.message_id = m.id
WHERE m.id IN (SELECT message_id FROM chat_sms WHERE conversation_id = :id
  UNION SELECT subject_id FROM post WHERE conversation_id = :id AND subject = 'message')
ORDER BY m.created_at_ms DESC, m.id DESC;

-- name: messages_viewed_in
-- Messages by number, as above; none was written in a conversation.
SELECT {message_columns}, NULL, ''
FROM message m LEFT JOIN incident i ON i.id = m.incident_id WHERE m.id IN (:values);

-- name: posts_viewed
-- Posts, newest first; when only words are wanted, ticks and threads that went well are left out.
SELECT {post_columns} FROM post p
WHERE (:words = 0 OR kind IN ('text', 'edit') OR state NOT IN ('delivered', 'cancelled')) ORDER BY id DESC LIMIT :limit;

-- name: posts_viewed_in
-- The same in one state.
SELECT {post_columns} FROM post p WHERE state = :state
  AND (:words = 0 OR kind IN ('text', 'edit') OR state NOT IN ('delivered', 'cancelled')) ORDER BY id DESC LIMIT :limit;

-- name: last_posted
-- When something last was posted in a room.
SELECT max(settled_at_ms) FROM post WHERE chat = ? AND room = ? AND state = 'delivered';

-- name: last_delivered
-- When a message to a phone last arrived.
SELECT settled_at_ms FROM message WHERE recipient = ? AND state = 'delivered' ORDER BY created_at_ms DESC LIMIT 1;

-- name: odd_chat_sms
-- SMS of chats that wait for news of a message that is not there.
SELECT count(*) FROM chat_sms c WHERE is_open = 1 AND NOT EXISTS (SELECT 1 FROM message WHERE id = c.message_id);

-- name: count_conversations
-- How many conversations stand in each state.
SELECT what, amount FROM tally WHERE what IN ('new', 'answered', 'closed');

-- name: odd_tallies
-- What is counted of chats where it changes, and is not what there is.
SELECT count(*) FROM tally WHERE amount <> CASE what WHEN 'post stuck' THEN (SELECT count(*) FROM post WHERE is_stuck)
  ELSE (SELECT count(*) FROM conversation WHERE state = what) END;

-- name: count_chats_anew
-- What is counted of chats is what there is, also where the figure itself was lost.
INSERT OR REPLACE INTO tally VALUES (?1, CASE ?1 WHEN 'post stuck' THEN (SELECT count(*) FROM post WHERE is_stuck)
  ELSE (SELECT count(*) FROM conversation WHERE state = ?1) END);

-- name: oldest_wait
-- Since when the conversation waits that has waited longest.
SELECT min(waits_since_ms) FROM conversation WHERE waits_since_ms IS NOT NULL;
