-- Every statement the bridge runs, by name, a sentence above each. `?` and `:name` are parameters;
-- `IN (:values)` is asked in chunks; `{name}` stands for the fragment of that name.

-- fragment: alert_columns
a.id, a.fingerprint, a.source, a.labels, a.annotations, a.state, a.starts_at_ms, a.ends_at_ms, a.expires_at_ms,
  a.sender_group, a.url, a.is_test, a.last_seen_at_ms, a.journal_id, a.decided

-- fragment: incident_columns
id, ref, group_id, receiver, route, labels, name, severity, opened_at_ms, closed_at_ms, acknowledged_at_ms,
  acknowledged_by, note, notifications, alerts, acknowledged_alerts, acknowledged_severity, ended

-- fragment: outbox_columns
id, state, recipient, contact, sender, text, text_is_unique, critical, prefer_duplicate, ttl_min, origin, incident_id,
  gateway, server_id, parts, attempts, failures, doubt_tries, created_at_ms, due_at_ms, lapses_at_ms, in_doubt_since_ms, doubt_boot_ms,
  doubt_boot_id, accepted_at_ms, checks, cause, revision

-- fragment: message_columns
m.id, m.state, m.reason, m.recipient, m.text, m.sender, m.critical, m.created_at_ms, m.attempts, m.contact, i.ref,
  m.notification_id, m.server_id, m.gateway, m.parts, m.cost_e4, m.due_at_ms, m.in_doubt_since_ms, m.settled_at_ms, m.retry_of,
  m.origin, m.accepted_at_ms

-- fragment: inbound_columns
id, gateway, gateway_id, sender, number, text, created_at_ms, received_at_ms, state, reason, reply_id

-- fragment: cost_or_reckoned
coalesce(sum(coalesce(m.cost_e4, m.parts * (SELECT max(p.cost_e4 / p.parts) FROM (SELECT cost_e4, parts FROM message
  WHERE accepted_at_ms IS NOT NULL AND parts > 0 ORDER BY accepted_at_ms DESC LIMIT 20) p))), 0)

-- fragment: on_its_way
m.accepted_at_ms IS NULL AND m.due_at_ms IS NOT NULL AND m.state IN ('queued', 'sending', 'in_doubt')

-- fragment: first_in_line
(m.after_id IS NULL OR NOT EXISTS (
    SELECT 1 FROM message p WHERE p.id = m.after_id AND p.state IN ('queued', 'sending', 'in_doubt', 'held')))

-- fragment: finished
'delivered', 'undelivered', 'unconfirmed', 'refused', 'cancelled', 'lapsed'

-- name: get_meta
-- One fact about this database.
SELECT value FROM meta WHERE key = ?;

-- name: set_meta
-- Set one fact about this database.
INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: append_journal
-- Keep a body as it came.
INSERT INTO journal (id, source, received_at_ms, headers, query, body, alerts, once) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: last_journal_id
-- New bodies get the numbers after this one.
SELECT max(id) FROM journal;

-- name: journal_once
-- The earlier row of a repeated request.
SELECT id FROM journal WHERE source = ? AND once = ?;

-- name: await_intake
-- A body that is on disk but not yet in the alert tables.
INSERT INTO journal_waiting (journal_id) VALUES (?);

-- name: taken_in
-- The body's alerts are in the alert tables now.
DELETE FROM journal_waiting WHERE journal_id = ?;

-- name: mark_repeat
-- The body brought no news. One that may be asked for again by its key stays what it is.
INSERT INTO journal_repeat (journal_id) SELECT id FROM journal WHERE id = ? AND once IS NULL;

-- name: oldest_repeats
-- The oldest bodies without news, and when each came (NULL: it is gone already).
SELECT r.journal_id, j.received_at_ms FROM journal_repeat r LEFT JOIN journal j ON j.id = r.journal_id
ORDER BY r.journal_id LIMIT ?;

-- name: forget_body
-- Forget a body.
DELETE FROM journal WHERE id = ?;

-- name: forget_repeat
-- Forget that a body brought no news.
DELETE FROM journal_repeat WHERE journal_id = ?;

-- name: waiting_bodies
-- Bodies to take in, oldest first.
SELECT j.id, j.source, j.received_at_ms, j.headers, j.query, j.body, j.alerts, j.once
FROM journal_waiting w JOIN journal j ON j.id = w.journal_id ORDER BY w.journal_id;

-- name: still_waiting
-- Which of these bodies are not taken in yet.
SELECT journal_id FROM journal_waiting WHERE journal_id IN (:values);

-- name: journal_body
-- One body as it came.
SELECT id, source, received_at_ms, headers, query, body, alerts, once FROM journal WHERE id = ?;

-- name: oldest_waiting
-- The body that waits longest to be taken in.
SELECT min(journal_id) FROM journal_waiting;

-- name: count_waiting
-- How many bodies wait to be taken in.
SELECT count(*) FROM journal_waiting;

-- name: add_refusal
-- A body that was turned away.
INSERT INTO refusal (at_ms, source, status, code, message, place, head) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: refusals
-- The newest refusals.
SELECT at_ms, source, status, code, message, place, head FROM refusal WHERE at_ms >= ? ORDER BY id DESC LIMIT ?;

-- name: known_alerts
-- What is known of these fingerprints.
SELECT fingerprint, id, state, starts_at_ms, last_seen_at_ms, leased,
  coalesce(json_extract(labels, '$.severity_grade'), json_extract(labels, '$.severity'))
FROM alert WHERE fingerprint IN (:values);

-- name: last_alert_id
-- New alerts get the numbers after this one.
SELECT max(id) FROM alert;

-- name: save_alert
-- A condition nobody spoke of before, a new episode of a known one, or its end.
INSERT INTO alert (id, fingerprint, source, labels, annotations, state, starts_at_ms, ends_at_ms, last_seen_at_ms,
  expires_at_ms, leased, sender_group, url, is_test, journal_id, decided)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (fingerprint) DO UPDATE SET labels = excluded.labels, annotations = excluded.annotations, state = excluded.state,
  starts_at_ms = excluded.starts_at_ms, ends_at_ms = excluded.ends_at_ms, last_seen_at_ms = excluded.last_seen_at_ms,
  expires_at_ms = excluded.expires_at_ms, leased = excluded.leased, sender_group = excluded.sender_group,
  url = excluded.url, is_test = excluded.is_test, journal_id = excluded.journal_id, decided = excluded.decided;

-- name: extend_leases
-- Leases that ran out while nobody was here to renew them.
UPDATE alert SET expires_at_ms = :until WHERE expires_at_ms < :until AND leased = 1;

-- name: see_alert
-- Spoken of again, without news.
UPDATE alert SET last_seen_at_ms = ?, expires_at_ms = coalesce(?, expires_at_ms) WHERE id = ?;

-- name: expired_alerts
-- Firing alerts nobody has spoken of in time.
SELECT fingerprint, id, state, starts_at_ms, last_seen_at_ms, leased FROM alert WHERE expires_at_ms <= ?
ORDER BY expires_at_ms LIMIT ?;

-- name: next_expiry
-- When the next alert expires.
SELECT min(expires_at_ms) FROM alert WHERE expires_at_ms IS NOT NULL;

-- name: end_alert
-- The alert is over: resolved (leased: because nobody renewed it), or stale.
UPDATE alert SET state = ?, ends_at_ms = ?, expires_at_ms = NULL, leased = ?, last_seen_at_ms = max(last_seen_at_ms, ?)
WHERE id = ?;

-- name: alerts_listed_firing
-- Alerts that fire, for people, whatever was spoken of last first.
SELECT {alert_columns}
FROM alert a WHERE expires_at_ms IS NOT NULL AND state = 'firing' ORDER BY last_seen_at_ms DESC, id DESC LIMIT ?;

-- name: alerts_listed_ended
-- The same of those that ended in one way: whatever ended or was spoken of last.
SELECT {alert_columns}
FROM alert a WHERE expires_at_ms IS NULL AND state = ?
ORDER BY max(last_seen_at_ms, coalesce(ends_at_ms, 0)) DESC, id DESC LIMIT ?;

-- name: alerts_known
-- Alerts that fire, or that ended or were spoken of since; their labels hold a piece of JSON, or anything. By a sender's
-- clock an end may lie ahead of the last word of it.
SELECT {alert_columns}
FROM alert a WHERE expires_at_ms IS NOT NULL AND (:piece = '' OR instr(labels, :piece) > 0)
UNION ALL SELECT {alert_columns}
FROM alert a WHERE expires_at_ms IS NULL AND state IN ('resolved', 'stale')
  AND max(last_seen_at_ms, coalesce(ends_at_ms, 0)) >= :since AND (:piece = '' OR instr(labels, :piece) > 0);

-- name: alert_by_id
-- One alert.
SELECT {alert_columns} FROM alert a WHERE id = ?;

-- name: alerts_in
-- Alerts by number.
SELECT {alert_columns} FROM alert a WHERE id IN (:values);

-- name: firing_in_sender_group
-- Firing alerts of one sender's group.
SELECT fingerprint, id, state, starts_at_ms, last_seen_at_ms, leased FROM alert
WHERE sender_group = ? AND source = ? AND sender_group <> '' AND state = 'firing';

-- name: firing_labels
-- Every firing alert.
SELECT id, labels FROM alert WHERE state = 'firing';

-- name: firing_members
-- Every firing alert with each group it is in; the rows of an alert come together.
SELECT a.id, a.labels, m.group_id FROM alert a LEFT JOIN member m ON m.alert_id = a.id WHERE a.expires_at_ms IS NOT NULL;

-- name: firing_in
-- Of these alerts those that still fire, as they are shown.
SELECT id, labels, annotations, starts_at_ms, expires_at_ms, last_seen_at_ms, url FROM alert
WHERE id IN (:values) AND expires_at_ms IS NOT NULL;

-- name: groups_with_members
-- Every group that has alerts.
SELECT id, receiver, route, labels FROM alert_group WHERE EXISTS (SELECT 1 FROM member WHERE group_id = alert_group.id);

-- name: count_firing
-- How many alerts fire.
SELECT count(*) FROM alert WHERE expires_at_ms IS NOT NULL;

-- name: known_groups
-- Groups by their keys.
SELECT key, id, incident_id, flushed_at_ms, route, sender_group, muted FROM alert_group WHERE key IN (:values);

-- name: last_group_id
-- New groups get the numbers after this one.
SELECT max(id) FROM alert_group;

-- name: add_group
-- A group nobody saw before.
INSERT INTO alert_group (id, key, receiver, route, labels, sender_group, due_at_ms, left_out, revision)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: touch_group
-- News in a group: look at it by then at the latest.
UPDATE alert_group SET due_at_ms = min(coalesce(due_at_ms, :due), :due), left_out = max(left_out, :left_out),
  revision = revision + 1 WHERE id = :id;

-- name: groups_of_alerts
-- The groups that alerts are in.
SELECT m.alert_id, g.id, g.incident_id, g.flushed_at_ms, g.route, g.sender_group, g.muted
FROM member m JOIN alert_group g ON g.id = m.group_id WHERE m.alert_id IN (:values);

-- name: join_group
-- The alert belongs to the group.
INSERT INTO member (group_id, alert_id, told) VALUES (?, ?, 0) ON CONFLICT (group_id, alert_id) DO NOTHING;

-- name: tell_member
-- What the receiver was told of an alert of a group.
UPDATE member SET told = ? WHERE group_id = ? AND alert_id = ?;

-- name: leave_group
-- Alerts that are over, of which whoever had to know was told.
DELETE FROM member WHERE group_id = ? AND alert_id IN (:values);

-- name: due_groups
-- Groups whose time has come.
SELECT id, receiver, route, labels, sender_group, revision, due_at_ms, flushed_at_ms, notified_at_ms, left_out, incident_id, muted
FROM alert_group WHERE due_at_ms <= ? ORDER BY due_at_ms, id LIMIT ?;

-- name: next_group_due
-- When the next group is due.
SELECT min(due_at_ms) FROM alert_group WHERE due_at_ms IS NOT NULL;

-- name: group_revisions
-- Which revisions groups have now.
SELECT id, revision FROM alert_group WHERE id IN (:values);

-- name: members_of
-- The alerts of these groups, as far as a decision needs them, group by group.
SELECT m.group_id, m.alert_id, m.told, a.state, a.labels
FROM member m JOIN alert a ON a.id = m.alert_id WHERE m.group_id IN (:values) ORDER BY m.group_id, m.alert_id;

-- name: flushed_group
-- A group was looked at.
UPDATE alert_group SET due_at_ms = :due, flushed_at_ms = :flushed, notified_at_ms = coalesce(:notified, notified_at_ms),
  muted = :muted, incident_id = :incident, left_out = CASE WHEN :notified IS NULL THEN left_out ELSE 0 END,
  revision = revision + 1
WHERE id = :id;

-- name: wake_groups
-- Look at every group with members again (a silence changed, the configuration was reloaded).
UPDATE alert_group SET due_at_ms = min(coalesce(due_at_ms, :now), :now), revision = revision + 1
WHERE EXISTS (SELECT 1 FROM member WHERE group_id = alert_group.id);

-- name: postpone_group
-- A group that could not be looked at is looked at again then.
UPDATE alert_group SET due_at_ms = ? WHERE id = ?;

-- name: wake_muted
-- Look again at every group that was kept quiet (a silence ended or changed).
UPDATE alert_group SET due_at_ms = min(coalesce(due_at_ms, :now), :now), revision = revision + 1 WHERE muted <> '';

-- name: wake_group
-- Look at one group again.
UPDATE alert_group SET due_at_ms = min(coalesce(due_at_ms, :now), :now), revision = revision + 1 WHERE id = :id;

-- name: forget_group
-- Delete a group that has no members and no incident.
DELETE FROM alert_group WHERE id IN (SELECT g.id FROM alert_group g WHERE g.incident_id IS NULL
  AND coalesce(g.flushed_at_ms, 0) < ? AND g.due_at_ms IS NULL
  AND NOT EXISTS (SELECT 1 FROM member WHERE group_id = g.id) LIMIT ?);

-- name: open_incident
-- A new episode of a group.
INSERT INTO incident (id, ref, group_id, receiver, route, labels, name, severity, opened_at_ms, alerts, notifications)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

-- name: last_incident_id
-- New incidents get the numbers after this one.
SELECT max(id) FROM incident;

-- name: incident_into_group
-- The group's open incident.
UPDATE alert_group SET incident_id = ? WHERE id = ?;

-- name: close_incident
-- The episode is over.
UPDATE incident SET closed_at_ms = ?, ended = ? WHERE id = ?;

-- name: incident_told
-- One more notification went out about it.
UPDATE incident SET notifications = ?, alerts = ?, severity = ? WHERE id = ?;

-- name: acknowledge_incident
-- Somebody took it.
UPDATE incident SET acknowledged_at_ms = :at, acknowledged_by = :by, note = :note, acknowledged_alerts = alerts,
  acknowledged_severity = severity WHERE id = :id;

-- name: unacknowledge_incident
-- Whoever took it gave it back.
UPDATE incident SET acknowledged_at_ms = NULL, acknowledged_by = '', note = '' WHERE id = ?;

-- name: incident_worsened
-- Whoever took it was told how much worse it got.
UPDATE incident SET acknowledged_alerts = ?, acknowledged_severity = ? WHERE id = ?;

-- name: incidents_of_group
-- How many incidents a group opened since then.
SELECT count(*) FROM incident WHERE group_id = ? AND opened_at_ms >= ?;

-- name: incident_by_ref
-- The newest incident with this ref.
SELECT {incident_columns}
FROM incident WHERE ref = ? ORDER BY id DESC LIMIT 1;

-- name: incidents_in
-- Incidents by number.
SELECT {incident_columns}
FROM incident WHERE id IN (:values);

-- name: incidents_open
-- Open incidents, and those closed since then.
SELECT {incident_columns}
FROM incident WHERE id IN (SELECT id FROM incident WHERE closed_at_ms IS NULL
  UNION ALL SELECT id FROM incident WHERE closed_at_ms >= ?)
ORDER BY id DESC LIMIT ?;

-- name: count_open_incidents
-- How many incidents are open.
SELECT count(*) FROM incident WHERE closed_at_ms IS NULL;

-- name: incidents_listed
-- All incidents, newest first.
SELECT {incident_columns}
FROM incident ORDER BY id DESC LIMIT ?;

-- name: incidents_told_to
-- Incidents that this number was told of since then and that are open or closed only lately.
SELECT {incident_columns}
FROM incident WHERE (closed_at_ms IS NULL OR closed_at_ms >= :closed_since)
  AND id IN (SELECT incident_id FROM message WHERE recipient = :recipient AND created_at_ms >= :told_since
    AND incident_id IS NOT NULL AND (state <> 'cancelled' OR superseded_by IS NOT NULL))
ORDER BY id DESC;

-- name: add_incident_alert
-- People are told of an alert with this incident.
INSERT INTO incident_alert (incident_id, alert_id, journal_id)
SELECT ?, id, journal_id FROM alert WHERE id = ?
ON CONFLICT (incident_id, alert_id) DO NOTHING;

-- name: alerts_of_incident
-- The alerts people were told of with an incident, and the body that first said so.
SELECT {alert_columns}, t.journal_id
FROM incident_alert t JOIN alert a ON a.id = t.alert_id WHERE t.incident_id = ? ORDER BY a.id LIMIT ?;

-- name: busy_refs
-- Refs of open incidents, and of those that closed a short while ago.
SELECT ref FROM incident WHERE closed_at_ms IS NULL
UNION SELECT ref FROM incident WHERE closed_at_ms >= :since
UNION SELECT ref FROM storm WHERE ref <> '' AND (closed_at_ms IS NULL OR closed_at_ms >= :since);

-- name: add_notification
-- The decision to tell a receiver.
INSERT INTO notification (id, incident_id, number, at_ms, reason, receiver, firing, fresh, resolved, step)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: last_notification_id
-- New notifications get the numbers after this one.
SELECT max(id) FROM notification;

-- name: notifications_of
-- What was decided about an incident.
SELECT id, number, at_ms, reason, receiver, firing, fresh, resolved, step FROM notification WHERE incident_id = ? ORDER BY id;

-- name: add_message
-- A message for the outbox, behind what this number was told of the same incident before, or what speaks for that.
INSERT INTO message (id, state, reason, cause, recipient, contact, sender, text, text_is_unique, critical, prefer_duplicate,
  ttl_min, origin, incident_id, notification_id, retry_of, gateway, parts, created_at_ms, due_at_ms, lapses_at_ms, after_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
  (SELECT coalesce(superseded_by, id) FROM message WHERE incident_id = ?14 AND recipient = ?5 ORDER BY id DESC LIMIT 1));

-- name: last_message_id
-- New messages get the numbers after this one.
SELECT max(id) FROM message;

-- name: unsent_to_recipient
-- Messages about this incident that this number has not got yet and no attempt was made for.
SELECT id, state, revision FROM message WHERE incident_id = ? AND recipient = ? AND state IN ('queued', 'held') AND attempts = 0;

-- name: told_recipients
-- Who was told of an incident (or is about to be).
SELECT recipient, contact FROM message WHERE incident_id = ?1
UNION SELECT s.recipient, s.contact FROM storm_incident t JOIN storm s ON s.id = t.storm_id WHERE t.incident_id = ?1;

-- name: any_sent_to_recipient
-- Whether this number was ever sent something about this incident.
SELECT 1 FROM message m LEFT JOIN message n ON n.id = m.superseded_by WHERE m.incident_id = ?1 AND m.recipient = ?2
  AND (m.attempts > 0 OR m.state NOT IN ('queued', 'held', 'cancelled') OR n.attempts > 0 OR n.state NOT IN ('queued', 'held', 'cancelled'))
UNION ALL SELECT 1 FROM storm_incident t JOIN storm s ON s.id = t.storm_id
WHERE t.incident_id = ?1 AND s.recipient = ?2 AND s.told_at_ms IS NOT NULL LIMIT 1;

-- name: same_text
-- The newest message with this text to this number.
SELECT id, state, created_at_ms, coalesce(settled_at_ms, accepted_at_ms, created_at_ms) FROM message
WHERE recipient = ? AND created_at_ms >= ? AND text = ? AND id < ? AND state NOT IN ('cancelled', 'lapsed', 'refused')
ORDER BY id DESC LIMIT 1;

-- name: written_to_recipient
-- How many messages for one number were put in since then, sent or not.
SELECT count(*) FROM message WHERE recipient = ? AND created_at_ms >= ?;

-- name: spent_on_recipient
-- What was put in for one number since then and was not kept back.
SELECT count(*), {cost_or_reckoned}, coalesce(sum(parts), 0) FROM message m WHERE recipient = ? AND created_at_ms >= ?
  AND state NOT IN ('cancelled', 'lapsed', 'refused', 'held');

-- name: spent_since
-- What was spent since then, at one gateway or ('') at all.
SELECT count(*), coalesce(sum(cost_e4), 0), coalesce(sum(parts), 0) FROM message
WHERE accepted_at_ms >= :since AND (:gateway = '' OR gateway = :gateway);

-- name: committed_since
-- What was spent since then, and what is on its way.
SELECT count(*), {cost_or_reckoned}, coalesce(sum(m.parts), 0) FROM message m
WHERE m.accepted_at_ms >= :since OR ({on_its_way});

-- name: committed_on_route
-- The same for the incidents of one route and those below it.
SELECT count(*), {cost_or_reckoned}, coalesce(sum(m.parts), 0) FROM message m JOIN incident i ON i.id = m.incident_id
WHERE (m.accepted_at_ms >= :since OR ({on_its_way})) AND (i.route = :route OR i.route LIKE :route || '/%');

-- name: due_messages
-- Messages of one state whose time has come and whose predecessor is out of the way.
SELECT {outbox_columns}
FROM message m WHERE state = :state AND gateway = :gateway AND critical = :critical AND due_at_ms <= :now
  AND (after_id IS NULL OR state <> 'queued' OR lapses_at_ms <= :now OR NOT EXISTS (
    SELECT 1 FROM message p WHERE p.id = m.after_id AND p.state IN ('queued', 'sending', 'in_doubt', 'held')))
ORDER BY due_at_ms, id LIMIT :limit;

-- name: late_messages
-- Queued texts of alerts to a number that were never in doubt, and those that such a summary speaks for, with what they are
-- about as it stands now.
SELECT m.id, coalesce(i.ref, s.ref, m.id), coalesce(i.name, 'storm'), coalesce(i.severity, 'critical'),
  CASE WHEN i.id IS NOT NULL THEN i.closed_at_ms ELSE s.closed_at_ms END
FROM message m LEFT JOIN incident i ON i.id = m.incident_id LEFT JOIN storm_message w ON w.message_id = m.id
  LEFT JOIN storm s ON s.id = w.storm_id LEFT JOIN message n ON n.id = m.superseded_by
WHERE m.recipient = :recipient AND m.gateway = :gateway AND m.origin = 'alert' AND m.created_at_ms >= :since
  AND ((m.state = 'queued' AND NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'message' AND e.subject_id = m.id AND e.event = 'lose'))
    OR (n.state = 'queued' AND NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'message' AND e.subject_id = n.id AND e.event = 'lose')))
ORDER BY m.created_at_ms, m.id;

-- name: late_summaries
-- Queued SMS that speak for late ones to a number and were never in doubt.
SELECT m.id FROM message m WHERE m.recipient = :recipient AND m.gateway = :gateway AND m.state = 'queued' AND m.origin = 'late'
  AND m.created_at_ms >= :since
  AND NOT EXISTS (SELECT 1 FROM event e WHERE e.subject = 'message' AND e.subject_id = m.id AND e.event = 'lose');

-- name: supersede
-- Another SMS speaks for this one, and for whatever this one spoke for.
UPDATE message SET superseded_by = :by WHERE id = :id OR (superseded_by = :id AND recipient = :recipient AND created_at_ms >= :since);

-- name: wait_instead
-- Whatever waits for a message waits for the one that speaks for it.
UPDATE message SET after_id = :by WHERE incident_id = (SELECT o.incident_id FROM message o WHERE o.id = :id)
  AND recipient = :recipient AND after_id = :id AND id <> :by AND state IN ('queued', 'held');

-- name: take_place
-- A message goes where another one about the same incident was to go.
UPDATE message SET after_id = (SELECT o.after_id FROM message o WHERE o.id = ?) WHERE id = ?;

-- name: due_states
-- In which of the states that a sender tidies up a message is due.
SELECT 'sending' WHERE EXISTS (SELECT 1 FROM message WHERE state = 'sending' AND gateway = :gateway AND critical IN (0, 1) AND due_at_ms <= :now)
UNION ALL SELECT 'held' WHERE EXISTS (SELECT 1 FROM message WHERE state = 'held' AND gateway = :gateway AND critical IN (0, 1) AND due_at_ms <= :now)
UNION ALL SELECT 'in_doubt' WHERE EXISTS (SELECT 1 FROM message WHERE state = 'in_doubt' AND gateway = :gateway AND critical IN (0, 1) AND due_at_ms <= :now);

-- name: next_message_due
-- When the next message of one state is due.
SELECT min(due_at_ms) FROM message WHERE state = ? AND gateway = ? AND critical = ? AND due_at_ms IS NOT NULL;

-- name: next_unfinished_due
-- When the next message is due that is held, in doubt or being sent.
SELECT min(at_ms) FROM (
  SELECT min(due_at_ms) AS at_ms FROM message WHERE state = 'held' AND gateway = :gateway AND critical = 0 AND due_at_ms IS NOT NULL
  UNION ALL SELECT min(due_at_ms) AS at_ms FROM message WHERE state = 'held' AND gateway = :gateway AND critical = 1 AND due_at_ms IS NOT NULL
  UNION ALL SELECT min(due_at_ms) AS at_ms FROM message WHERE state = 'in_doubt' AND gateway = :gateway AND critical = 0 AND due_at_ms IS NOT NULL
  UNION ALL SELECT min(due_at_ms) AS at_ms FROM message WHERE state = 'in_doubt' AND gateway = :gateway AND critical = 1 AND due_at_ms IS NOT NULL
  UNION ALL SELECT min(due_at_ms) AS at_ms FROM message WHERE state = 'sending' AND gateway = :gateway AND critical = 0 AND due_at_ms IS NOT NULL
  UNION ALL SELECT min(due_at_ms) AS at_ms FROM message WHERE state = 'sending' AND gateway = :gateway AND critical = 1 AND due_at_ms IS NOT NULL);

-- name: next_queued_due
-- When the next critical message is due whose predecessor is out of the way, and when the next other one.
SELECT
  (SELECT due_at_ms FROM message m WHERE state = 'queued' AND gateway = :gateway AND critical = 1 AND due_at_ms IS NOT NULL
    AND {first_in_line} ORDER BY due_at_ms LIMIT 1),
  (SELECT due_at_ms FROM message m WHERE state = 'queued' AND gateway = :gateway AND critical = 0 AND due_at_ms IS NOT NULL
    AND {first_in_line} ORDER BY due_at_ms LIMIT 1);

-- name: unfinished_gateways
-- The gateways that messages wait for which no gateway has yet.
SELECT DISTINCT gateway FROM message WHERE state IN ('queued', 'held', 'sending', 'in_doubt') AND due_at_ms IS NOT NULL;

-- name: message_row
-- One message as the outbox sees it.
SELECT {outbox_columns}
FROM message WHERE id = ?;

-- name: messages_by_server_id
-- Messages by the gateway's id.
SELECT id FROM message WHERE server_id = ? AND server_id <> '' AND gateway = ?;

-- name: message_revisions
-- Which revisions messages have now.
SELECT id, revision FROM message WHERE id IN (:values);

-- name: move_message
-- One move of one message.
UPDATE message SET state = :state, reason = :reason, cause = :cause, due_at_ms = :due, in_doubt_since_ms = :doubt_since,
  doubt_boot_ms = :doubt_boot_ms, doubt_boot_id = :doubt_boot_id, doubt_tries = CASE WHEN :doubt_since IS NULL THEN 0 ELSE doubt_tries END,
  settled_at_ms = CASE WHEN :settled THEN :now ELSE settled_at_ms END, revision = revision + 1
WHERE id = :id;

-- name: claim_message
-- The intent to send, before the wire.
UPDATE message SET state = 'sending', reason = ?, due_at_ms = ?, attempts = attempts + 1, revision = revision + 1
WHERE id = ? AND revision = ?;

-- name: accept_message
-- The gateway has it, and doubt is over.
UPDATE message SET state = 'accepted', reason = ?, cause = '', due_at_ms = ?,
  server_id = coalesce(?, server_id), parts = coalesce(?, parts), cost_e4 = coalesce(?, cost_e4),
  accepted_at_ms = ?, in_doubt_since_ms = NULL, doubt_boot_ms = NULL, doubt_boot_id = '', doubt_tries = 0, failures = 0,
  revision = revision + 1
WHERE id = ?;

-- name: set_failures
-- How many attempts surely failed.
UPDATE message SET failures = ? WHERE id = ?;

-- name: set_doubt_tries
-- How many attempts were made since the first lost answer.
UPDATE message SET doubt_tries = ? WHERE id = ?;

-- name: set_server_id
-- A callback was confirmed: this is the gateway's id.
UPDATE message SET server_id = ? WHERE id = ?;

-- name: set_gateway
-- Another gateway takes the message over.
UPDATE message SET gateway = ? WHERE id = ?;

-- name: set_sender
-- The sender name at that gateway.
UPDATE message SET sender = ? WHERE id = ?;

-- name: set_text
-- The same message in plain Latin, after the gateway's filter refused it.
UPDATE message SET text = ? WHERE id = ?;

-- name: set_parts
-- How many parts that text takes.
UPDATE message SET parts = ? WHERE id = ?;

-- name: complete_receipt
-- A callback was faster than the answer, which still knows what the message cost.
UPDATE message SET server_id = CASE WHEN server_id = '' THEN coalesce(:server_id, '') ELSE server_id END,
  parts = coalesce(:parts, parts), cost_e4 = coalesce(:cost_e4, cost_e4)
WHERE id = :id AND state IN ('accepted', 'delivered', 'undelivered', 'unconfirmed');

-- name: hand_over
-- Another gateway takes over what surely was not accepted; compared by its revision.
UPDATE message SET gateway = :gateway, sender = :sender, reason = :reason, cause = '', due_at_ms = :now, failures = 0,
  revision = revision + 1
WHERE id = :id AND revision = :revision AND state IN ('queued', 'held') AND in_doubt_since_ms IS NULL;

-- name: look_again
-- Nothing new: look at it again then.
UPDATE message SET due_at_ms = ? WHERE id = ? AND due_at_ms IS NOT NULL;

-- name: keep_holding
-- It is held on, perhaps for another cause.
UPDATE message SET due_at_ms = ?, cause = ?, reason = ? WHERE id = ? AND state = 'held';

-- name: hasten_messages
-- The gateway answers again: whatever waited for it goes now.
UPDATE message SET due_at_ms = :now WHERE state = 'queued' AND gateway = :gateway AND critical IN (0, 1)
  AND due_at_ms > :now AND cause = 'gateway';

-- name: release_due
-- What was held for this cause may be looked at now.
UPDATE message SET due_at_ms = :now WHERE state = 'held' AND gateway = :gateway AND critical IN (0, 1) AND cause = :cause
  AND due_at_ms IS NOT NULL;

-- name: release_held
-- What was held for this cause at any gateway may be looked at now.
UPDATE message SET due_at_ms = :now WHERE state = 'held' AND cause = :cause AND due_at_ms IS NOT NULL;

-- name: recheck_message
-- No news: ask again then.
UPDATE message SET due_at_ms = ?, checks = checks + 1 WHERE id = ? AND state = 'accepted';

-- name: start_attempt
-- The attempt stands on disk before the wire.
INSERT INTO attempt (message_id, number, gateway, packet, packet_size, epoch, started_at_ms, boot_ms, boot_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: end_attempt
-- What the attempt came to.
UPDATE attempt SET ended_at_ms = ?, outcome = ?, code = ?, reason = ?, head = ? WHERE message_id = ? AND number = ?;

-- name: attempts_of
-- The attempts of one message.
SELECT number, gateway, packet_size, started_at_ms, ended_at_ms, outcome, code, reason FROM attempt
WHERE message_id = ? ORDER BY number;

-- name: attempt_start
-- When an attempt began, by both clocks.
SELECT started_at_ms, boot_ms, boot_id FROM attempt WHERE message_id = ? AND number = ?;

-- name: last_packet
-- Packets are numbered from here.
SELECT value FROM meta WHERE key = 'packet';

-- name: sending
-- Messages that somebody is sending, or was.
SELECT {outbox_columns}
FROM message WHERE state = 'sending' AND due_at_ms IS NOT NULL;

-- name: count_message
-- So many messages more (or less) stand in a state.
UPDATE message_count SET amount = amount + ? WHERE state = ?;

-- name: message_counts
-- How many messages stand in each state.
SELECT state, amount FROM message_count;

-- name: oldest_due
-- The oldest message that should have gone already.
SELECT min(due_at_ms) FROM message WHERE state = 'queued' AND due_at_ms IS NOT NULL;

-- name: messages_listed
-- Messages for people, newest first.
SELECT {message_columns}
FROM message m LEFT JOIN incident i ON i.id = m.incident_id
WHERE m.id < :before ORDER BY m.id DESC LIMIT :limit;

-- name: messages_going
-- The same of one state in which something is still to come, and which is looked for by when that is.
SELECT {message_columns}
FROM message m LEFT JOIN incident i ON i.id = m.incident_id
WHERE m.state = :state AND m.due_at_ms IS NOT NULL AND m.id < :before ORDER BY m.id DESC LIMIT :limit;

-- name: messages_resting
-- The same of any other state.
SELECT {message_columns}
FROM message m LEFT JOIN incident i ON i.id = m.incident_id
WHERE m.state = :state AND m.state NOT IN ('queued', 'sending', 'accepted') AND m.id < :before ORDER BY m.id DESC LIMIT :limit;

-- name: messages_stuck
-- The newest messages of one state that somebody may have to look at.
SELECT {message_columns}
FROM message m LEFT JOIN incident i ON i.id = m.incident_id
WHERE m.state = ? AND m.state NOT IN ('queued', 'sending', 'accepted')
  AND NOT EXISTS (SELECT 1 FROM message r WHERE r.retry_of = m.id)
ORDER BY m.id DESC LIMIT ?;

-- name: messages_of_incident
-- The messages about one incident.
SELECT {message_columns}
FROM message m LEFT JOIN incident i ON i.id = m.incident_id WHERE m.incident_id = ? ORDER BY m.id;

-- name: message_shown
-- One message for people.
SELECT {message_columns}
FROM message m LEFT JOIN incident i ON i.id = m.incident_id WHERE m.id = ?;

-- name: add_event
-- Something happened.
INSERT INTO event (subject, subject_id, at_ms, event, state, reason) VALUES (?, ?, ?, ?, ?, ?);

-- name: events_of
-- What happened to one thing, in order.
SELECT at_ms, event, state, reason FROM event WHERE subject = ? AND subject_id = ? ORDER BY id;

-- name: add_hint
-- What a callback claimed.
INSERT INTO callback_hint (at_ms, gateway, message_id, server_id, status, error, due_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: due_hints
-- Claims to be checked with the gateway.
SELECT id, gateway, message_id, server_id, status, tries FROM callback_hint
WHERE due_at_ms <= ? AND gateway = ? ORDER BY due_at_ms LIMIT ?;

-- name: next_hint_due
-- When the next claim is to be checked.
SELECT min(due_at_ms) FROM callback_hint WHERE due_at_ms IS NOT NULL AND gateway = ?;

-- name: wake_hints
-- The message that these claims are about has just got its id.
UPDATE callback_hint SET due_at_ms = ?, tries = 0 WHERE server_id = ? AND message_id IS NULL
  AND gateway = (SELECT gateway FROM message WHERE id = ?);

-- name: settle_hint
-- The claim was checked (due NULL), or waits for another try.
UPDATE callback_hint SET verdict = ?, due_at_ms = ?, tries = tries + 1, message_id = coalesce(?, message_id) WHERE id = ?;

-- name: count_orphans
-- Callbacks that match none of our messages.
SELECT count(*) FROM callback_hint WHERE message_id IS NULL;

-- name: add_inbound
-- An SMS that came in; a repeat of the feed changes nothing.
INSERT INTO inbound (gateway, gateway_id, sender, number, text, created_at_ms, received_at_ms, state, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, 'received', 'fetched') ON CONFLICT (gateway, gateway_id) DO NOTHING RETURNING id;

-- name: inbound_waiting
-- Inbound SMS nobody has looked at.
SELECT {inbound_columns}
FROM inbound WHERE state = 'received' ORDER BY id LIMIT ?;

-- name: settle_inbound
-- Where an inbound SMS went.
UPDATE inbound SET state = ?, reason = ?, reply_id = ? WHERE id = ? AND state = 'received';

-- name: name_reply
-- The message that answers an inbound SMS.
UPDATE inbound SET reply_id = ? WHERE id = ?;

-- name: inbound_listed
-- Inbound SMS for people, newest first.
SELECT {inbound_columns}
FROM inbound WHERE id < ? ORDER BY id DESC LIMIT ?;

-- name: inbound_seen
-- Whether this number ever wrote to us.
SELECT 1 FROM inbound WHERE sender = ? LIMIT 1;

-- name: inbound_seen_of
-- Which of these numbers (a JSON list) ever wrote to us.
SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM inbound WHERE sender = value);

-- name: get_cursor
-- How far a feed was read.
SELECT at_ms FROM cursor WHERE name = ?;

-- name: set_cursor
-- How far a feed was read.
INSERT INTO cursor (name, at_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms;

-- name: put_silence
-- A silence, new or changed.
INSERT INTO silence (id, matchers, starts_at_ms, ends_at_ms, author, comment, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET matchers = excluded.matchers, starts_at_ms = excluded.starts_at_ms,
  ends_at_ms = excluded.ends_at_ms, author = excluded.author, comment = excluded.comment;

-- name: expire_silence
-- The silence ends now.
UPDATE silence SET ends_at_ms = :now, starts_at_ms = min(starts_at_ms, :now) WHERE id = :id AND ends_at_ms > :now;

-- name: silences
-- Silences that end after then.
SELECT id, matchers, starts_at_ms, ends_at_ms, author, comment FROM silence WHERE ends_at_ms > ? ORDER BY starts_at_ms, id;

-- name: silence_by_id
-- One silence.
SELECT id, matchers, starts_at_ms, ends_at_ms, author, comment FROM silence WHERE id = ?;

-- name: silences_written
-- When each silence was written down.
SELECT id, created_at_ms FROM silence;

-- name: plugin_get
-- A plugin's value.
SELECT value FROM plugin_value WHERE plugin = ? AND store = ? AND key = ?;

-- name: plugin_set
-- Set a plugin's value.
INSERT INTO plugin_value (plugin, store, key, value) VALUES (?, ?, ?, ?)
ON CONFLICT (plugin, store, key) DO UPDATE SET value = excluded.value;

-- name: plugin_delete
-- Forget a plugin's value.
DELETE FROM plugin_value WHERE plugin = ? AND store = ? AND key = ?;

-- name: plugin_items
-- All of a plugin's values.
SELECT key, value FROM plugin_value WHERE plugin = ? AND store = ? ORDER BY key;

-- name: get_once
-- The earlier answer to a request with this key.
SELECT answer FROM once WHERE scope = ? AND key = ?;

-- name: set_once
-- Remember the answer to a request with a key.
INSERT INTO once (scope, key, answer, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (scope, key) DO NOTHING;

-- name: shift_messages
-- The wall clock was set: messages are due by the new time. What waits for an hour of the day is looked at in time for both,
-- and what somebody wants sent at a time goes at that time.
UPDATE message SET due_at_ms = CASE WHEN state = 'held' AND cause = 'quiet_hours' THEN min(due_at_ms, due_at_ms + :by)
  WHEN state = 'queued' AND cause = 'timed' THEN due_at_ms ELSE due_at_ms + :by END WHERE due_at_ms IS NOT NULL;

-- name: shift_lapses
-- Messages are as old as they were; one that waits for its time is no older than that.
UPDATE message SET lapses_at_ms = CASE WHEN state = 'queued' AND cause = 'timed' THEN max(lapses_at_ms, lapses_at_ms + :by)
  ELSE lapses_at_ms + :by END
WHERE state IN ('queued', 'held', 'sending', 'in_doubt', 'parked');

-- name: shift_groups
-- Groups wait as long as they would have; one that is kept quiet, perhaps until a time of the wall clock, is looked at in time.
UPDATE alert_group SET due_at_ms = CASE WHEN muted <> '' THEN min(due_at_ms, due_at_ms + :by) ELSE due_at_ms + :by END,
  flushed_at_ms = flushed_at_ms + :by, notified_at_ms = notified_at_ms + :by;

-- name: shift_acknowledged
-- Whoever took an incident has it for as long as before.
UPDATE incident SET acknowledged_at_ms = acknowledged_at_ms + :by WHERE closed_at_ms IS NULL AND acknowledged_at_ms IS NOT NULL;

-- name: shift_alerts
-- Alerts expire as late as they would have.
UPDATE alert SET expires_at_ms = expires_at_ms + :by, last_seen_at_ms = last_seen_at_ms + :by
WHERE expires_at_ms IS NOT NULL;

-- name: shift_hints
-- Callbacks are checked as soon as they would have been.
UPDATE callback_hint SET due_at_ms = due_at_ms + :by WHERE due_at_ms IS NOT NULL;

-- name: prune_journal
-- Forget bodies that were taken in long ago.
DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE received_at_ms < ?
  AND id NOT IN (SELECT journal_id FROM journal_waiting) ORDER BY received_at_ms LIMIT ?);

-- name: prune_refusals
-- Forget old refusals.
DELETE FROM refusal WHERE id IN (SELECT id FROM refusal WHERE at_ms < ? LIMIT ?);

-- name: prune_attempts
-- Forget the attempts of messages that are about to go.
DELETE FROM attempt WHERE message_id IN (SELECT id FROM message WHERE created_at_ms < :before
  AND state IN ({finished}) ORDER BY created_at_ms LIMIT :limit);

-- name: prune_group_events
-- Forget why groups were quiet long ago, who was on call why, and which bodies nobody could read.
DELETE FROM event WHERE id IN (SELECT id FROM event
  WHERE subject IN ('group', 'handover', 'override', 'swap', 'journal') AND at_ms < ? LIMIT ?);

-- name: prune_message_events
-- Forget the history of messages that are about to go.
DELETE FROM event WHERE subject = 'message' AND subject_id IN (SELECT id FROM message WHERE created_at_ms < :before
  AND state IN ({finished}) ORDER BY created_at_ms LIMIT :limit);

-- name: prune_messages
-- Forget finished messages; unfinished ones stay however old they are.
DELETE FROM message WHERE id IN (SELECT id FROM message WHERE created_at_ms < :before
  AND state IN ({finished}) ORDER BY created_at_ms LIMIT :limit);

-- name: prune_inbound
-- Forget old inbound SMS that were dealt with.
DELETE FROM inbound WHERE id IN (SELECT id FROM inbound WHERE received_at_ms < ? AND state <> 'received'
  ORDER BY received_at_ms LIMIT ?);

-- name: prune_alerts
-- Forget alerts that ended long ago and are in no group.
DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE expires_at_ms IS NULL AND state IN ('resolved', 'stale')
  AND max(last_seen_at_ms, coalesce(ends_at_ms, 0)) < ? AND id NOT IN (SELECT alert_id FROM member) LIMIT ?);

-- name: prune_incident_events
-- Forget the history of incidents that are about to go.
DELETE FROM event WHERE subject = 'incident' AND subject_id IN (
  SELECT id FROM incident WHERE closed_at_ms < ? ORDER BY closed_at_ms LIMIT ?);

-- name: prune_incidents
-- Forget incidents that closed long ago.
DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE closed_at_ms < ? ORDER BY closed_at_ms LIMIT ?);

-- name: prune_incident_alerts
-- Forget what forgotten incidents were about.
DELETE FROM incident_alert WHERE incident_id IN (SELECT DISTINCT t.incident_id FROM incident_alert t
  WHERE t.incident_id < (SELECT coalesce(min(id), 0) FROM incident WHERE opened_at_ms >= ?)
  AND NOT EXISTS (SELECT 1 FROM incident WHERE id = t.incident_id) LIMIT ?);

-- name: prune_notifications
-- Forget notifications whose incident is gone.
DELETE FROM notification WHERE id IN (SELECT n.id FROM notification n WHERE n.at_ms < ?
  AND NOT EXISTS (SELECT 1 FROM incident WHERE id = n.incident_id) LIMIT ?);

-- name: prune_hints
-- Forget callbacks that were checked, and orphans past their time.
DELETE FROM callback_hint WHERE id IN (SELECT id FROM callback_hint WHERE at_ms < ? LIMIT ?);

-- name: prune_silences
-- Forget silences that ended long ago.
DELETE FROM silence WHERE id IN (SELECT id FROM silence WHERE ends_at_ms < ? LIMIT ?);

-- name: prune_once
-- Forget old answers to requests with a key.
DELETE FROM once WHERE (scope, key) IN (SELECT scope, key FROM once WHERE at_ms < ? LIMIT ?);

-- name: unsent_ids
-- Messages that a database restored from a copy does not know the fate of.
SELECT id FROM message WHERE state IN ('queued', 'held', 'sending') ORDER BY id;

-- name: odd_attempts
-- Attempts of messages that are not there.
SELECT count(*) FROM attempt a WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = a.message_id);

-- name: odd_doubt
-- Messages in doubt since never, or in doubt and settled.
SELECT count(*) FROM message WHERE (state IN ('in_doubt', 'parked')) <> (in_doubt_since_ms IS NOT NULL) AND state <> 'sending';

-- name: odd_counts
-- States whose counter is not the number of their messages.
SELECT count(*) FROM (SELECT state, sum(amount) AS amount FROM (
  SELECT state, amount FROM message_count UNION ALL SELECT state, -count(*) FROM message GROUP BY state
) AS both_sides GROUP BY state HAVING sum(amount) <> 0) AS odd;

-- name: count_messages_anew
-- A state's counter is the number of its messages, also where the counter itself was lost.
INSERT OR REPLACE INTO message_count VALUES (?1, (SELECT count(*) FROM message WHERE state = ?1));

-- name: odd_waiting
-- Bodies that wait to be taken in and are not there.
SELECT count(*) FROM journal_waiting w WHERE NOT EXISTS (SELECT 1 FROM journal WHERE id = w.journal_id);

-- name: odd_members
-- Members of groups whose alert or group is not there.
SELECT count(*) FROM member m WHERE NOT EXISTS (SELECT 1 FROM alert WHERE id = m.alert_id)
  OR NOT EXISTS (SELECT 1 FROM alert_group WHERE id = m.group_id);
