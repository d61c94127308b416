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
