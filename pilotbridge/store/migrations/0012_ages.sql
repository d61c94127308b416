-- What is old, and whoever is meant, is found without looking at everything while the writer waits.
CREATE INDEX message_age ON message (created_at_ms);

CREATE INDEX inbound_age ON inbound (received_at_ms);

-- Texts and threads that a chat may have under a number we were never told; on their way they all are.
CREATE INDEX post_lost ON post (kind, created_at_ms) WHERE kind IN ('text', 'thread') AND (attempts > 1 OR chat_message = '');

CREATE INDEX conversation_of_party ON conversation (party);
