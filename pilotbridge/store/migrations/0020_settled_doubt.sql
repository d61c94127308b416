-- Chat posts that went by a repeat, and messages called off by a person, kept their doubt although it was over.
UPDATE message SET in_doubt_since_ms = NULL, doubt_boot_ms = NULL, doubt_boot_id = ''
WHERE in_doubt_since_ms IS NOT NULL AND state NOT IN ('in_doubt', 'parked', 'sending');
UPDATE post SET in_doubt_since_ms = NULL
WHERE in_doubt_since_ms IS NOT NULL AND state NOT IN ('in_doubt', 'parked', 'sending');
