-- Every statement of the relay, by name, a sentence above each; the rules are those of queries.sql.

-- fragment: post_columns
p.id, p.state, p.chat, p.room, p.thread, p.lane, p.kind, p.content, p.conversation_id, p.subject, p.subject_id, p.target,
  p.of_post, p.repeats, p.chat_message, p.attempts, p.failures, p.doubt_tries, p.heals, p.created_at_ms, p.due_at_ms,
  p.in_doubt_since_ms, p.settled_at_ms, p.cause, p.reason, p.revision

-- fragment: post_free
(p.after_id IS NULL OR NOT EXISTS (SELECT 1 FROM post q WHERE q.id = p.after_id
    AND q.state IN ('queued', 'sending', 'in_doubt', 'held')))

-- fragment: conversation_columns
id, line, party, chat, room, thread, title, state, made_at_ms, last_in_ms, last_out_ms, waits_since_ms, remind_at_ms,
reminded, away_on

-- fragment: chat_sms_columns
c.message_id, c.chat, c.room, c.thread, c.message, c.conversation_id, c.person, c.told, c.asked, c.is_open

-- fragment: question_columns
token, kind, content, post_id, asked_at_ms, answered_at_ms, answered_by, answer

-- name: add_post
-- A post for the chat outbox.
INSERT INTO post (state, reason, chat, room, thread, lane, kind, content, conversation_id, subject, subject_id, target,
  of_post, after_id, repeats, created_at_ms, due_at_ms)
VALUES ('queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id;

-- name: last_post_of_conversation
-- The newest post that a further one of this conversation goes behind: only what is read in its order.
SELECT id FROM post p WHERE conversation_id = ? AND kind IN ('text', 'thread', 'change') AND lane = ? ORDER BY id DESC LIMIT 1;

-- name: pending_thread_post
-- The post that makes this conversation's thread, while it is on its way.
SELECT id FROM post p WHERE conversation_id = ? AND kind = 'thread' AND state IN ('queued', 'held', 'sending', 'in_doubt');

-- name: post_row
-- One post.
SELECT {post_columns} FROM post p WHERE id = ?;

-- name: posts_on_target
-- Waiting edits or marks of one message.
SELECT {post_columns} FROM post p WHERE chat = ? AND room = ? AND target = ? AND target <> '' AND state = 'queued' AND kind = ?;

-- name: posts_of_post
-- Waiting edits of one of our posts.
SELECT {post_columns} FROM post p WHERE of_post = ? AND of_post IS NOT NULL AND state = 'queued' AND kind = ?;

-- name: pending_rooms
-- The rooms that posts wait for, each found by one look into the index.
WITH RECURSIVE pending (room) AS (
  SELECT min(room) FROM post WHERE chat = :chat AND state IN ('queued', 'in_doubt')
  UNION ALL
  SELECT (SELECT min(room) FROM post WHERE chat = :chat AND state IN ('queued', 'in_doubt') AND room > pending.room)
  FROM pending WHERE pending.room IS NOT NULL
) SELECT room FROM pending WHERE room IS NOT NULL;

-- name: next_post
-- The post that goes next to a room: by lane, then by age, and behind those that it has to follow. The plus keeps the
-- index of due times away: rows are walked in their order.
SELECT {post_columns} FROM post p WHERE chat = ? AND room = ? AND state IN ('queued', 'in_doubt') AND +due_at_ms <= ?
  AND {post_free} ORDER BY lane, id LIMIT 1;

-- name: next_fresh_post
-- The same while the chat fails: what has failed least goes first, so that one post cannot keep back all others.
SELECT {post_columns} FROM post p WHERE chat = ? AND room = ? AND state IN ('queued', 'in_doubt') AND due_at_ms <= ?
  AND {post_free} ORDER BY lane, failures + doubt_tries, id LIMIT 1;

-- name: next_post_due
-- When a post has to be looked at that is not due yet.
SELECT min(due_at_ms) FROM post WHERE chat = ? AND due_at_ms > ? AND due_at_ms IS NOT NULL;

-- name: posts_sending
-- Posts that somebody is sending, or was.
SELECT {post_columns} FROM post p WHERE chat = ? AND state = 'sending';

-- name: posts_held
-- Posts of a room that are held, oldest first.
SELECT {post_columns} FROM post p WHERE chat = ? AND room = ? AND state = 'held' ORDER BY id LIMIT ?;

-- name: post_to_probe
-- The held post of a room that is to go first.
SELECT {post_columns} FROM post p WHERE chat = ? AND room = ? AND state = 'held' AND {post_free} ORDER BY lane, id LIMIT 1;

-- name: posts_queued
-- Posts of a room that wait, oldest first.
SELECT {post_columns} FROM post p WHERE chat = ? AND room = ? AND state IN ('queued', 'in_doubt') AND state = 'queued'
ORDER BY lane, id LIMIT ?;

-- name: move_post
-- One move of one post, compared by its revision.
UPDATE post SET state = :state, reason = :reason, cause = :cause, due_at_ms = :due, in_doubt_since_ms = :doubt,
  doubt_tries = CASE WHEN :doubt IS NULL THEN 0 ELSE doubt_tries END, attempts = attempts + :claimed,
  settled_at_ms = CASE WHEN :settled THEN :now ELSE settled_at_ms END, revision = revision + 1
WHERE id = :id AND revision = :revision;

-- name: set_post_failures
-- How often it surely failed.
UPDATE post SET failures = ? WHERE id = ?;

-- name: set_post_doubt_tries
-- How many answers were lost.
UPDATE post SET doubt_tries = ? WHERE id = ?;

-- name: set_post_heals
-- How often its thread was mended for it.
UPDATE post SET heals = ? WHERE id = ?;

-- name: set_post_after_id
-- Another post goes before it.
UPDATE post SET after_id = ? WHERE id = ?;

-- name: set_post_chat_message
-- The chat's id of what it made.
UPDATE post SET chat_message = ? WHERE id = ?;

-- name: set_post_content
-- What it says.
UPDATE post SET content = ? WHERE id = ?;

-- name: set_post_target
-- The chat's id of what it edits, known at last.
UPDATE post SET target = ? WHERE id = ?;

-- name: hasten_posts
-- The chat answers again, or the room is back: whatever waits there goes now.
UPDATE post SET due_at_ms = :now WHERE chat = :chat AND state IN ('queued', 'in_doubt') AND due_at_ms > :now AND cause = :cause;

-- name: move_posts
-- Unfinished posts go where their room is now.
UPDATE post SET room = :new WHERE chat = :chat AND room = :old AND state IN ('queued', 'held', 'sending', 'in_doubt', 'parked');

-- name: posts_about
-- The posts about one thing.
SELECT {post_columns} FROM post p WHERE subject = ? AND subject_id = ? AND subject <> '' ORDER BY id;

-- name: posts_of_conversation
-- The posts of one conversation, newest first.
SELECT {post_columns} FROM post p WHERE conversation_id = ? ORDER BY id DESC LIMIT ?;

-- name: posts_listed
-- Posts for people, newest first.
SELECT {post_columns} FROM post p WHERE (:state = '' OR state = :state) AND id < :before ORDER BY id DESC LIMIT :limit;

-- name: posts_stuck
-- Posts somebody may have to look at; a mark that was refused is nobody's worry.
SELECT {post_columns} FROM post p WHERE state IN ('held', 'in_doubt', 'parked', 'refused', 'undelivered', 'lapsed')
  AND NOT (kind IN ('mark', 'thread', 'change') AND state = 'refused') ORDER BY id DESC LIMIT ?;

-- name: room_fact
-- What is known of a room.
SELECT gone, probe_at_ms, threadless, threadless_at_ms FROM room WHERE chat = ? AND id = ?;

-- name: room_moved
-- Where a room is now.
SELECT moved_to FROM room WHERE chat = ? AND id = ? AND moved_to <> '';

-- name: set_room_gone
-- We are out of a room ('' when we are in it again).
INSERT INTO room (chat, id, gone, probe_at_ms) VALUES (:chat, :id, :gone, :probe)
ON CONFLICT (chat, id) DO UPDATE SET gone = excluded.gone, probe_at_ms = excluded.probe_at_ms;

-- name: set_room_threadless
-- A room has no threads ('' when it may have).
INSERT INTO room (chat, id, threadless, threadless_at_ms) VALUES (:chat, :id, :threadless, :now)
ON CONFLICT (chat, id) DO UPDATE SET threadless = excluded.threadless, threadless_at_ms = excluded.threadless_at_ms;

-- name: set_room_moved
-- A room has another id.
INSERT INTO room (chat, id, moved_to) VALUES (?, ?, ?) ON CONFLICT (chat, id) DO UPDATE SET moved_to = excluded.moved_to;

-- name: follow_moved_rooms
-- Rooms that had moved here have moved on with it.
UPDATE room SET moved_to = :new WHERE chat = :chat AND moved_to = :old;

-- name: unmove_room
-- A room that others move to is itself where it is.
UPDATE room SET moved_to = '' WHERE chat = ? AND id = ?;

-- name: gone_rooms
-- Rooms we are out of whose time to be tried again has come.
SELECT id FROM room WHERE chat = ? AND probe_at_ms <= ? AND gone <> '';

-- name: next_probe
-- When a room we are out of is tried again.
SELECT min(probe_at_ms) FROM room WHERE chat = ? AND gone <> '';

-- name: move_conversations
-- Conversations go where their room is now; one that is there already stays what it is.
UPDATE OR IGNORE conversation SET room = :new WHERE chat = :chat AND room = :old;

-- name: conversation_by_id
-- One conversation.
SELECT {conversation_columns} FROM conversation WHERE id = ?;

-- name: conversation_of
-- The conversation of a line and a party in a room.
SELECT {conversation_columns} FROM conversation WHERE line = ? AND party = ? AND chat = ? AND room = ?;

-- name: conversation_in
-- The conversation of a thread.
SELECT {conversation_columns} FROM conversation WHERE chat = ? AND room = ? AND thread = ? AND thread <> '';

-- name: open_conversations_in
-- Conversations of a room that nobody has closed.
SELECT {conversation_columns} FROM conversation WHERE chat = ? AND room = ? AND state IN ('new', 'answered') ORDER BY id DESC LIMIT ?;

-- name: any_conversation_in
-- Whether a room has conversations.
SELECT 1 FROM conversation WHERE chat = ? AND room = ? LIMIT 1;

-- name: posts_lost_in
-- Texts or threads of a room's conversations that may be there under a number we were never told.
SELECT {post_columns} FROM post p WHERE created_at_ms >= :since AND kind = :kind AND kind IN ('text', 'thread')
  AND (attempts > 1 OR chat_message = '')
  AND conversation_id IN (SELECT id FROM conversation WHERE chat = :chat AND room = :room);

-- name: posts_waiting_in
-- Posts of a room that are still to go.
SELECT {post_columns} FROM post p WHERE chat = :chat AND room = :room AND state IN ('queued', 'in_doubt') UNION ALL
SELECT {post_columns} FROM post p WHERE chat = :chat AND room = :room AND state = 'held';

-- name: conversations_of_party
-- Every conversation of a party.
SELECT {conversation_columns} FROM conversation WHERE party = ? ORDER BY id DESC;

-- name: conversations_listed
-- Conversations for people, newest first.
SELECT {conversation_columns} FROM conversation WHERE (:state = '' OR state = :state) AND id < :before ORDER BY id DESC LIMIT :limit;

-- name: add_conversation
-- A line and somebody who texts to it, for the first time.
INSERT INTO conversation (line, party, chat, room, title, state, made_at_ms) VALUES (?, ?, ?, ?, ?, 'new', ?) RETURNING id;

-- name: set_conversation_thread
-- Its thread in the chat; '' when that is gone.
UPDATE conversation SET thread = ? WHERE id = ?;

-- name: set_conversation_state
-- Answered or closed: nobody waits.
UPDATE conversation SET state = ?, waits_since_ms = NULL, remind_at_ms = NULL WHERE id = ?;

-- name: heard_in_conversation
-- The party has written; one that waits already waits on.
UPDATE conversation SET last_in_ms = :now, state = 'new', waits_since_ms = coalesce(waits_since_ms, :now),
  remind_at_ms = CASE WHEN waits_since_ms IS NULL THEN :remind ELSE remind_at_ms END,
  reminded = CASE WHEN waits_since_ms IS NULL THEN 0 ELSE reminded END
WHERE id = :id;

-- name: said_in_conversation
-- Somebody has written to the party.
UPDATE conversation SET last_out_ms = :now, state = 'answered', waits_since_ms = NULL, remind_at_ms = NULL WHERE id = :id;

-- name: conversations_to_remind
-- Conversations that are to be called to mind.
SELECT {conversation_columns} FROM conversation WHERE remind_at_ms <= ? ORDER BY remind_at_ms LIMIT ?;

-- name: next_reminder
-- When the next one is.
SELECT min(remind_at_ms) FROM conversation WHERE remind_at_ms IS NOT NULL;

-- name: reminded_of_conversation
-- It was called to mind so often, and will be again then (NULL never).
UPDATE conversation SET reminded = ?, remind_at_ms = ? WHERE id = ?;

-- name: away_in_conversation
-- The away text of that day was sent.
UPDATE conversation SET away_on = ? WHERE id = ?;

-- name: put_link
-- A chat message stands for an SMS.
INSERT INTO link (chat, room, message, conversation_id, inbound_id, message_id, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (chat, room, message) DO UPDATE SET message_id = coalesce(excluded.message_id, message_id);

-- name: get_link
-- What a chat message stands for.
SELECT chat, room, message, conversation_id, inbound_id, message_id FROM link WHERE chat = ? AND room = ? AND message = ?;

-- name: put_chat_sms
-- A person wrote this SMS in a chat.
INSERT INTO chat_sms (message_id, chat, room, thread, message, conversation_id, person, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: chat_sms_open
-- SMS of chats whose last word is not told yet, and where they stand.
SELECT {chat_sms_columns} FROM chat_sms c WHERE is_open = 1 AND message_id > ? ORDER BY message_id LIMIT ?;

-- name: chat_sms_in
-- The same of these messages, whether open or not.
SELECT {chat_sms_columns} FROM chat_sms c WHERE message_id IN (:values);

-- name: chat_sms_of
-- The SMS of one message.
SELECT {chat_sms_columns} FROM chat_sms c WHERE message_id = ?;

-- name: told_chat_sms
-- What the person's message shows now.
UPDATE chat_sms SET told = ?, is_open = ? WHERE message_id = ?;

-- name: asked_chat_sms
-- Somebody is asked what to do about it; or may be asked again.
UPDATE chat_sms SET asked = ? WHERE message_id = ?;

-- name: rub_per_part
-- What a part of an SMS cost lately, in 1/10000 rouble.
SELECT cost_e4 / parts FROM message WHERE accepted_at_ms IS NOT NULL AND cost_e4 > 0 AND parts > 0
ORDER BY accepted_at_ms DESC LIMIT 1;

-- name: add_chat_update
-- An update; one that came before changes nothing.
INSERT INTO chat_update (chat, update_id, received_at_ms, body, state, reason) VALUES (?, ?, ?, ?, 'received', 'came in')
ON CONFLICT (chat, update_id) DO NOTHING RETURNING id;

-- name: chat_updates_waiting
-- Updates nobody has looked at, in the order they came.
SELECT id, chat, update_id, received_at_ms, body, state, reason FROM chat_update WHERE state = 'received' ORDER BY id LIMIT ?;

-- name: settle_chat_update
-- What became of an update, and whom it was about; its text is kept, or not.
UPDATE chat_update SET state = :state, reason = :reason, conversation_id = :conversation,
  body = CASE WHEN :keeps THEN body ELSE x'' END
WHERE id = :id AND state = 'received';

-- name: chat_updates_listed
-- Updates for people, newest first.
SELECT id, chat, update_id, received_at_ms, body, state, reason FROM chat_update ORDER BY id DESC LIMIT ?;

-- name: put_question
-- Something people are asked.
INSERT INTO question (token, kind, content, post_id, asked_at_ms) VALUES (?, ?, ?, ?, ?);

-- name: get_question
-- What a button belongs to.
SELECT {question_columns} FROM question WHERE token = ?;

-- name: answer_question
-- The first who may has answered.
UPDATE question SET answered_at_ms = ?, answered_by = ?, answer = ? WHERE token = ? AND answered_at_ms IS NULL;

-- name: add_optout
-- A phone wants no more texts from a line; that it wanted none before changes nothing.
INSERT INTO optout (line, phone, since_ms, reason) VALUES (?, ?, ?, ?)
ON CONFLICT (phone, line) WHERE ended_at_ms IS NULL DO NOTHING RETURNING id;

-- name: end_optout
-- It may be texted again.
UPDATE optout SET ended_at_ms = :now, ended = :reason WHERE phone IN (:phone, :digest) AND line = :line AND ended_at_ms IS NULL
RETURNING id;

-- name: optouts_of
-- What a phone has opted out of, by its number or by the digest of a forgotten one.
SELECT id, line, phone, since_ms, reason FROM optout WHERE phone IN (?, ?) AND ended_at_ms IS NULL ORDER BY line;

-- name: optouts_listed
-- Every phone that wants no texts.
SELECT id, line, phone, since_ms, reason FROM optout WHERE ended_at_ms IS NULL ORDER BY id;

-- name: shift_posts
-- The wall clock was set: posts are due by the new time.
UPDATE post SET due_at_ms = due_at_ms + :by WHERE due_at_ms IS NOT NULL;

-- name: shift_conversations
-- Whoever waits has waited as long as before, and is called to mind as late as they would have been.
UPDATE conversation SET remind_at_ms = remind_at_ms + :by, waits_since_ms = waits_since_ms + :by WHERE waits_since_ms IS NOT NULL;

-- name: shift_rooms
-- Rooms are tried again as late as they would have been.
UPDATE room SET probe_at_ms = probe_at_ms + :by, threadless_at_ms = threadless_at_ms + :by;

-- name: unfinished_chats
-- The chats that posts wait for, whether configured or not.
SELECT DISTINCT chat FROM post WHERE state IN ('queued', 'in_doubt')
UNION SELECT DISTINCT chat FROM post WHERE state = 'held' UNION SELECT DISTINCT chat FROM post WHERE state = 'sending';

-- name: posts_unfinished
-- Posts of one chat that are on their way.
SELECT {post_columns} FROM post p WHERE chat = ? AND state IN ('queued', 'in_doubt') UNION ALL
SELECT {post_columns} FROM post p WHERE chat = ? AND state = 'sending';

-- name: posts_held_for
-- Posts of one chat that are held for one cause.
SELECT {post_columns} FROM post p WHERE chat = ? AND state = 'held' AND cause = ?;

-- name: unsent_posts
-- Posts that a database restored from a copy does not know the fate of, and that people would see twice.
SELECT id FROM post WHERE state IN ('queued', 'held', 'sending') AND kind = 'text' ORDER BY id;

-- name: count_posts_waiting
-- How many posts are on their way.
SELECT count(*) FROM post WHERE state IN ('queued', 'in_doubt');

-- name: count_posts_stuck
-- How many posts somebody may have to look at.
SELECT amount FROM tally WHERE what = 'post stuck';

-- name: odd_post_doubt
-- Posts in doubt since never, or in doubt and settled.
SELECT count(*) FROM post WHERE (state IN ('in_doubt', 'parked')) <> (in_doubt_since_ms IS NOT NULL) AND state <> 'sending';

-- name: odd_conversations
-- Posts and links of conversations that are not there.
SELECT (SELECT count(*) FROM post p WHERE conversation_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM conversation
  WHERE id = p.conversation_id)) + (SELECT count(*) FROM link l WHERE NOT EXISTS (SELECT 1 FROM conversation WHERE id = l.conversation_id));

-- name: prune_post_events
-- Forget the history of posts that are about to go.
DELETE FROM event WHERE subject = 'post' AND subject_id IN (SELECT id FROM post WHERE created_at_ms < :before
  AND state IN ({finished}) ORDER BY created_at_ms LIMIT :limit);

-- name: prune_posts
-- Forget finished posts.
DELETE FROM post WHERE id IN (SELECT id FROM post WHERE created_at_ms < :before
  AND state IN ({finished}) ORDER BY created_at_ms LIMIT :limit);

-- name: prune_links
-- Forget what old chat messages stood for.
DELETE FROM link WHERE (chat, room, message) IN (SELECT chat, room, message FROM link WHERE at_ms < ? ORDER BY at_ms LIMIT ?);

-- name: prune_chat_sms
-- Forget how SMS fared that are gone.
DELETE FROM chat_sms WHERE message_id IN (SELECT message_id FROM chat_sms c
  WHERE message_id < (SELECT coalesce(min(id), 0) FROM message WHERE created_at_ms >= ?)
  AND NOT EXISTS (SELECT 1 FROM message WHERE id = c.message_id) LIMIT ?);

-- name: prune_chat_updates
-- Forget updates that were dealt with.
DELETE FROM chat_update WHERE id IN (SELECT id FROM chat_update WHERE received_at_ms < ? AND state <> 'received'
  ORDER BY received_at_ms LIMIT ?);

-- name: prune_questions
-- Forget old questions.
DELETE FROM question WHERE token IN (SELECT token FROM question WHERE asked_at_ms < ? LIMIT ?);

-- name: news_after
-- What happened to incidents and messages after an event, oldest first.
SELECT id, subject, subject_id FROM event WHERE id > ? ORDER BY id LIMIT ?;

-- name: last_event
-- The newest event.
SELECT coalesce(max(id), 0) FROM event;

-- name: incidents_of_messages
-- The incidents that messages tell of.
SELECT DISTINCT incident_id FROM message WHERE id IN (:values) AND incident_id IS NOT NULL;

-- name: cards_of
-- The cards of an incident.
SELECT incident_id, chat, room, post_id, token, shown, silence_id FROM card WHERE incident_id = ?;

-- name: card_by_token
-- The card that a button belongs to.
SELECT incident_id, chat, room, post_id, token, shown, silence_id FROM card WHERE token = ?;

-- name: add_card
-- A card is in a room from now on, in place of one that is there no more.
INSERT INTO card (incident_id, chat, room, post_id, token, shown) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (incident_id, chat, room) DO UPDATE SET post_id = excluded.post_id, token = excluded.token, shown = excluded.shown;

-- name: prune_cards
-- Forget the cards of incidents that are about to go.
DELETE FROM card WHERE incident_id IN (SELECT id FROM incident WHERE closed_at_ms < ? ORDER BY closed_at_ms LIMIT ?);

-- name: show_card
-- What a card says now.
UPDATE card SET shown = ? WHERE incident_id = ? AND chat = ? AND room = ?;

-- name: silence_by_card
-- The silence that holds until the card's incident is over ('' none).
UPDATE card SET silence_id = ? WHERE incident_id = ?;
