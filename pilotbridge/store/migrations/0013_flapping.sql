-- How often a group opened an incident lately.
CREATE INDEX incident_group ON incident (group_id, opened_at_ms);
