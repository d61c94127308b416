-- What a replay plays: every statement by name, a sentence above each.

-- name: bodies_after
-- Bodies in the order in which they came, a page of them.
SELECT id, source, received_at_ms, headers, query, body, alerts, once FROM journal
WHERE received_at_ms >= :since AND id > :after ORDER BY id LIMIT :limit;

-- name: count_bodies
-- How many there are, and their alerts.
SELECT count(*), coalesce(sum(alerts), 0) FROM journal WHERE received_at_ms >= ?;

-- name: last_happening
-- When the bridge last wrote anything down.
SELECT at_ms FROM event ORDER BY id DESC LIMIT 1;

-- name: takings
-- What people took since then, each with one alert that it was about.
SELECT e.at_ms, e.reason, a.fingerprint FROM event e
JOIN alert a ON a.id = (SELECT min(alert_id) FROM incident_alert WHERE incident_id = e.subject_id)
WHERE e.subject = 'incident' AND e.event = 'acknowledge' AND e.at_ms >= ? ORDER BY e.id;

-- name: ran_out
-- Alerts of which nobody spoke any more, so that they ended by themselves since then.
SELECT fingerprint, starts_at_ms, ends_at_ms FROM alert
WHERE expires_at_ms IS NULL AND (state = 'stale' OR leased = 1) AND ends_at_ms >= ?;

-- name: alert_messages
-- SMS about alerts that were made since then.
SELECT {message_columns} FROM message m LEFT JOIN incident i ON i.id = m.incident_id
WHERE m.created_at_ms >= ? AND m.origin IN ('alert', 'late') ORDER BY m.id;

-- name: count_incidents
-- How many incidents there are; asked of a play's own database only.
SELECT count(*) FROM incident;
