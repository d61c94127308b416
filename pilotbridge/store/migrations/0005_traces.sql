-- Which conversation an update was about, so that it can be forgotten with it.
ALTER TABLE chat_update ADD COLUMN conversation_id INTEGER;

CREATE INDEX chat_update_conversation ON chat_update (conversation_id) WHERE conversation_id IS NOT NULL;
