-- Lists by state, the newest first, however much there has been. A message that simply goes is written into this index
-- once, at its end.
DROP INDEX message_stuck;

CREATE INDEX message_resting ON message (state) WHERE state NOT IN ('queued', 'sending', 'accepted');

-- Alerts that fire are few, and found by when they expire; an alert comes into this index when it ends.
CREATE INDEX alert_ended ON alert (state, last_seen_at_ms) WHERE expires_at_ms IS NULL;

CREATE INDEX inbound_state ON inbound (state);

CREATE INDEX post_state ON post (state);

CREATE INDEX conversation_newest ON conversation (state, max(coalesce(last_in_ms, 0), coalesce(last_out_ms, 0), made_at_ms));

CREATE INDEX chat_sms_conversation ON chat_sms (conversation_id);

CREATE INDEX conversation_waits ON conversation (waits_since_ms) WHERE waits_since_ms IS NOT NULL;
