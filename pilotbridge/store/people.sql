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

-- name: conversations_viewed
-- Conversations with what waits for an answer in them; the one where something happened last comes first.
SELECT c.*, (SELECT count(DISTINCT p.subject_id) FROM post p WHERE p.conversation_id = c.id AND p.subject = 'inbound'
  AND c.state = 'new' AND p.created_at_ms > coalesce(c.last_out_ms, 0)
  AND EXISTS (SELECT 1 FROM inbound i WHERE i.id = p.subject_id AND i.state = 'routed')) AS unanswered
FROM (
  SELECT {conversation_columns} FROM conversation
  WHERE (:line = '' OR line = :line) AND (:party = '' OR party = :party) AND (:state = '' OR state = :state)
    AND (:id = 0 OR id = :id)
  ORDER BY max(coalesce(last_in_ms, 0), coalesce(last_out_ms, 0), made_at_ms) DESC, id DESC LIMIT :limit
) AS c;

-- name: inbound_viewed
-- SMS that came in, newest first, with the conversation that each went to.
SELECT {inbound_columns}, (SELECT min(p.conversation_id) FROM post p WHERE p.subject = 'inbound' AND p.subject_id = inbound.id)
FROM inbound WHERE (:sender = '' OR sender = :sender) AND (:state = '' OR state = :state)
  AND created_at_ms >= :since AND (:id = 0 OR id = :id)
ORDER BY id DESC;

-- name: messages_viewed
-- Messages to a phone, newest first, each with the conversation it was written in, and by whom.
SELECT {message_columns}, coalesce(c.conversation_id, (SELECT min(p.conversation_id) FROM post p
  WHERE p.subject = 'message' AND p.subject_id = m.id)), coalesce(c.person, '')
FROM message m LEFT JOIN incident i ON i.id = m.incident_id LEFT JOIN chat_sms c ON c.message_id = m.id
WHERE m.recipient = ? ORDER BY m.created_at_ms DESC, m.id DESC;

-- name: posts_viewed
-- Posts, newest first; when only words are wanted, ticks and threads that went well are left out.
SELECT {post_columns} FROM post p WHERE (:state = '' OR state = :state)
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
-- How many conversations stand in each state, and since when the oldest one waits for an answer.
SELECT state, count(*), min(waits_since_ms) FROM conversation GROUP BY state;
