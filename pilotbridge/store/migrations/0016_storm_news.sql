-- An incident of a storm has news that no SMS of the storm has told: it got worse, grew, or is repeated.
ALTER TABLE storm_incident ADD COLUMN has_news INTEGER NOT NULL DEFAULT 0;
