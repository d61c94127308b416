-- Bodies that brought no news: alerts that were known already, said again. They need not be kept for long.
CREATE TABLE journal_repeat (
  journal_id INTEGER PRIMARY KEY
);
