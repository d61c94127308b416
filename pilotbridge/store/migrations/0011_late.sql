-- The SMS that speaks for this one: a summary of what is late, or the same text that says that it is late.
ALTER TABLE message ADD COLUMN superseded_by INTEGER;
