-- The relay: chat posts, conversations, what people do in chats, and who wants no more texts.
-- Times are milliseconds since 1970 (UTC). Ids of rooms, threads and messages are the chat's own, as text.

-- One post to a chat: the chat outbox. place_message is the message it edits, marks or answers; of_post is our
-- own post that it edits, while the chat has not told its id.
CREATE TABLE post (
  id                INTEGER PRIMARY KEY,
  state             TEXT    NOT NULL CHECK (state IN ('queued', 'held', 'sending', 'in_doubt', 'parked',
                    'accepted', 'delivered', 'undelivered', 'unconfirmed', 'refused', 'cancelled', 'lapsed')),
  reason            TEXT    NOT NULL CHECK (reason <> ''),
  cause             TEXT    NOT NULL DEFAULT '',
  chat              TEXT    NOT NULL,
  room              TEXT    NOT NULL,
  thread            TEXT    NOT NULL DEFAULT '',
  lane              INTEGER NOT NULL,
  kind              TEXT    NOT NULL CHECK (kind IN ('text', 'edit', 'mark', 'thread', 'change')),
  content           TEXT    NOT NULL,
  conversation_id   INTEGER,
  subject           TEXT    NOT NULL DEFAULT '',
  subject_id        INTEGER NOT NULL DEFAULT 0,
  target            TEXT    NOT NULL DEFAULT '',
  of_post           INTEGER,
  after_id          INTEGER,
  repeats           INTEGER NOT NULL,
  chat_message      TEXT    NOT NULL DEFAULT '',
  attempts          INTEGER NOT NULL DEFAULT 0,
  failures          INTEGER NOT NULL DEFAULT 0,
  doubt_tries       INTEGER NOT NULL DEFAULT 0,
  heals             INTEGER NOT NULL DEFAULT 0,
  created_at_ms     INTEGER NOT NULL,
  due_at_ms         INTEGER,
  in_doubt_since_ms INTEGER,
  settled_at_ms     INTEGER,
  revision          INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX post_pending ON post (chat, room, lane, id) WHERE state IN ('queued', 'in_doubt');

CREATE INDEX post_due ON post (chat, due_at_ms) WHERE due_at_ms IS NOT NULL;

CREATE INDEX post_sending ON post (chat) WHERE state = 'sending';

CREATE INDEX post_held ON post (chat, room, id) WHERE state = 'held';

CREATE INDEX post_target ON post (chat, room, target) WHERE target <> '' AND state = 'queued';

CREATE INDEX post_edits ON post (of_post) WHERE of_post IS NOT NULL AND state = 'queued';

CREATE INDEX post_conversation ON post (conversation_id, id) WHERE conversation_id IS NOT NULL;

CREATE UNIQUE INDEX post_thread ON post (conversation_id)
  WHERE kind = 'thread' AND state IN ('queued', 'held', 'sending', 'in_doubt');

CREATE INDEX post_subject ON post (subject, subject_id) WHERE subject <> '';

CREATE INDEX post_stuck ON post (id) WHERE state IN ('held', 'in_doubt', 'parked', 'refused', 'undelivered', 'lapsed');

CREATE INDEX post_age ON post (created_at_ms);

-- What we know of a room: where it has moved, why we are out of it, why it has no threads.
CREATE TABLE room (
  chat            TEXT NOT NULL,
  id              TEXT NOT NULL,
  moved_to        TEXT NOT NULL DEFAULT '',
  gone            TEXT NOT NULL DEFAULT '',
  probe_at_ms     INTEGER,
  threadless      TEXT NOT NULL DEFAULT '',
  threadless_at_ms INTEGER,
  PRIMARY KEY (chat, id)
) WITHOUT ROWID;

CREATE INDEX room_gone ON room (chat, probe_at_ms) WHERE gone <> '';

-- A line and whoever texts to it, and their thread in a room. party is E.164, or the sender as it was given.
CREATE TABLE conversation (
  id          INTEGER PRIMARY KEY,
  line        TEXT    NOT NULL,
  party       TEXT    NOT NULL,
  chat        TEXT    NOT NULL,
  room        TEXT    NOT NULL,
  thread      TEXT    NOT NULL DEFAULT '',
  title       TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('new', 'answered', 'closed')),
  made_at_ms  INTEGER NOT NULL,
  last_in_ms  INTEGER,
  last_out_ms INTEGER
);

CREATE UNIQUE INDEX conversation_party ON conversation (line, party, chat, room);

CREATE UNIQUE INDEX conversation_thread ON conversation (chat, room, thread) WHERE thread <> '';

CREATE INDEX conversation_room ON conversation (chat, room, state);

-- Which chat message stands for which SMS, so that a reply finds its way.
CREATE TABLE link (
  chat            TEXT    NOT NULL,
  room            TEXT    NOT NULL,
  message         TEXT    NOT NULL,
  conversation_id INTEGER NOT NULL,
  inbound_id      INTEGER,
  message_id      INTEGER,
  at_ms           INTEGER NOT NULL,
  PRIMARY KEY (chat, room, message)
) WITHOUT ROWID;

CREATE INDEX link_age ON link (at_ms);

-- An SMS that a person wrote in a chat: the message there that shows how it fares. told is what it shows.
CREATE TABLE chat_sms (
  message_id      INTEGER PRIMARY KEY,
  chat            TEXT    NOT NULL,
  room            TEXT    NOT NULL,
  thread          TEXT    NOT NULL,
  message         TEXT    NOT NULL,
  conversation_id INTEGER NOT NULL,
  person          TEXT    NOT NULL,
  told            TEXT    NOT NULL,
  asked           INTEGER NOT NULL DEFAULT 0,
  is_open         INTEGER NOT NULL DEFAULT 1
);

CREATE INDEX chat_sms_open ON chat_sms (message_id) WHERE is_open = 1;

-- Updates as they came, unique by the chat's own number.
CREATE TABLE chat_update (
  id             INTEGER PRIMARY KEY,
  chat           TEXT    NOT NULL,
  update_id      INTEGER NOT NULL,
  received_at_ms INTEGER NOT NULL,
  body           BLOB    NOT NULL,
  state          TEXT    NOT NULL CHECK (state IN ('received', 'done', 'ignored', 'unreadable')),
  reason         TEXT    NOT NULL
);

CREATE UNIQUE INDEX chat_update_once ON chat_update (chat, update_id);

CREATE INDEX chat_update_waiting ON chat_update (id) WHERE state = 'received';

CREATE INDEX chat_update_age ON chat_update (received_at_ms);

-- A question with buttons, answered by the first who may. token is what a button carries.
CREATE TABLE question (
  token          TEXT    PRIMARY KEY,
  kind           TEXT    NOT NULL,
  content        TEXT    NOT NULL,
  post_id        INTEGER,
  asked_at_ms    INTEGER NOT NULL,
  answered_at_ms INTEGER,
  answered_by    TEXT    NOT NULL DEFAULT '',
  answer         TEXT    NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE INDEX question_age ON question (asked_at_ms);

-- Phones that want no more texts from a line.
CREATE TABLE optout (
  id          INTEGER PRIMARY KEY,
  line        TEXT    NOT NULL,
  phone       TEXT    NOT NULL,
  since_ms    INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  ended_at_ms INTEGER,
  ended       TEXT    NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX optout_phone ON optout (phone, line) WHERE ended_at_ms IS NULL;
