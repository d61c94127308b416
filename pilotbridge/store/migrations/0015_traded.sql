-- What a swap was asked about, as JSON: [whose time, from when, until when] of each stretch, in ms.
ALTER TABLE oncall_swap ADD COLUMN traded TEXT NOT NULL DEFAULT '[]';
