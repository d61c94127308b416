-- What an SMS speaks for is asked by the SMS, too.
CREATE INDEX storm_message_message ON storm_message (message_id);
