-- A full database, for the measurement of looks: :n messages, one every :step ms until :now, and what belongs to them.

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :n)
INSERT INTO message (id, state, reason, recipient, contact, sender, text, text_is_unique, critical,
  prefer_duplicate, origin, incident_id, notification_id, gateway, server_id, parts, cost_e4, attempts, created_at_ms,
  due_at_ms, lapses_at_ms, in_doubt_since_ms, accepted_at_ms, settled_at_ms)
  SELECT i, CASE WHEN i > :n - :unsent THEN CASE i % 6 WHEN 0 THEN 'queued' WHEN 1 THEN 'held' WHEN 2 THEN 'sending'
  WHEN 3 THEN 'in_doubt' WHEN 4 THEN 'parked' ELSE 'accepted' END
  WHEN i % 100 = 1 THEN 'refused' WHEN i % 100 = 2 THEN 'undelivered' WHEN i % 100 = 3 THEN 'lapsed'
  WHEN i % 100 = 4 THEN 'cancelled' WHEN i % 100 = 5 THEN 'unconfirmed' ELSE 'delivered' END, 'filled in', '+7908' || printf('%07d', i % :people), 'c' || (i % :people), 'INFORM',
  'CRIT DiskFull db' || i || ' 95% 03:14 #417', 1, 0, 0, 'alert', i / 2 + 1, i, 'smspilot', 's' || i, 1, 29600, 1,
  :now - (:n - i) * :step, CASE WHEN i > :n - :unsent AND i % 6 <> 4 THEN :now END, :now + 86400000,
  CASE WHEN i > :n - :unsent AND i % 6 IN (3, 4) THEN :now END,
  :now - (:n - i) * :step + 200, CASE WHEN i <= :n - :unsent THEN :now - (:n - i) * :step + 5000 END FROM t;

UPDATE message_count SET amount = (SELECT count(*) FROM message m WHERE m.state = message_count.state);

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :n)
INSERT INTO attempt (message_id, number, gateway, packet, packet_size, epoch, started_at_ms, boot_ms, boot_id,
  ended_at_ms, outcome) SELECT i, 1, 'smspilot', i, 1, 1, :now - (:n - i) * :step, 1, 'boot',
  :now - (:n - i) * :step + 200, 'accept' FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :n)
INSERT INTO event (subject, subject_id, at_ms, event, state, reason)
  SELECT 'message', i, :now - (:n - i) * :step, 'confirm', 'delivered', 'delivered' FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :half)
INSERT INTO journal (id, source, received_at_ms, headers, query, body, alerts)
  SELECT i, 'alertmanager', :now - (:half - i) * 2 * :step, '{}', '{}', x'7b7d', 1 FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :half)
INSERT INTO alert (id, fingerprint, source, labels, annotations, state, starts_at_ms, ends_at_ms,
  last_seen_at_ms, expires_at_ms, leased, sender_group, url, is_test, journal_id)
  SELECT i, CAST(printf('%016d', i) AS BLOB), 'alertmanager', '{"alertname":"DiskFull","instance":"db' || i || '"}', '{}',
  CASE WHEN i > :half - :active THEN 'firing' WHEN i % 40 = 1 THEN 'stale' ELSE 'resolved' END,
  :now - (:half - i) * 2 * :step, CASE WHEN i <= :half - :active THEN :now - (:half - i) * 2 * :step + 600000 END,
  :now - (:half - i) * 2 * :step + 600000, CASE WHEN i > :half - :active THEN :now + 86400000 END, 0, '', '', 0, i FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :half)
INSERT INTO alert_group (id, key, receiver, route, labels, sender_group, incident_id, flushed_at_ms)
  SELECT i, CAST(printf('g%015d', i) AS BLOB), 'page', 'route', '{"alertname":"DiskFull"}', '',
  CASE WHEN i > :half - :active THEN i END, :now FROM t WHERE i > :half - :active;

INSERT INTO member (group_id, alert_id, told) SELECT id, id, 1 FROM alert_group;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :half)
INSERT INTO incident (id, ref, group_id, receiver, route, labels, name, severity, opened_at_ms, closed_at_ms,
  alerts, notifications) SELECT i, CAST(100 + i AS TEXT), i, 'page', 'route', '{"alertname":"DiskFull"}', 'DiskFull',
  'critical', :now - (:half - i) * 2 * :step,
  CASE WHEN i <= :half - :active THEN :now - (:half - i) * 2 * :step + 600000 END, 1, 1 FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :half)
INSERT INTO incident_alert (incident_id, alert_id, journal_id) SELECT i, i, i FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :n)
INSERT INTO notification (id, incident_id, number, at_ms, reason, receiver, firing, fresh, resolved)
  SELECT i, i / 2 + 1, 1, :now - (:n - i) * :step, 'first', 'page', 1, 1, 0 FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :talks)
INSERT INTO conversation (id, line, party, chat, room, thread, title, state, made_at_ms, last_in_ms, last_out_ms)
  SELECT i, 'ops', '+7908' || printf('%07d', i), 'telegram', '-1001234567890', CAST(i AS TEXT), 'somebody',
  CASE WHEN i > :talks - 20 THEN 'new' WHEN i % 3 = 0 THEN 'closed' ELSE 'answered' END,
  :now - (:talks - i) * 20 * :step, :now - (:talks - i) * 20 * :step, :now - (:talks - i) * 20 * :step + 1 FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :tenth)
INSERT INTO inbound (id, gateway, gateway_id, sender, number, text, created_at_ms, received_at_ms, state, reason)
  SELECT i, 'smspilot', CAST(i AS TEXT), '7908' || printf('%07d', i % :talks + 1), '79021121075', '1234 where is it',
  :now - (:tenth - i) * 10 * :step, :now - (:tenth - i) * 10 * :step,
  CASE WHEN i % 10 = 1 THEN 'unrouted' WHEN i % 10 = 2 THEN 'answered' ELSE 'routed' END, 'filled in' FROM t;

WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < :tenth)
INSERT INTO post (id, state, reason, chat, room, thread, lane, kind, content, conversation_id, subject,
  subject_id, repeats, chat_message, attempts, created_at_ms, settled_at_ms)
  SELECT i, CASE WHEN i > :tenth - :unsent THEN CASE i % 6 WHEN 0 THEN 'queued' WHEN 1 THEN 'held' WHEN 2 THEN 'sending'
  WHEN 3 THEN 'in_doubt' WHEN 4 THEN 'parked' ELSE 'accepted' END
  WHEN i % 100 = 1 THEN 'refused' WHEN i % 100 = 2 THEN 'undelivered' WHEN i % 100 = 3 THEN 'lapsed'
  WHEN i % 100 = 4 THEN 'cancelled' WHEN i % 100 = 5 THEN 'unconfirmed' ELSE 'delivered' END, 'filled in', 'telegram', '-1001234567890', '', 1,
  CASE WHEN i % 3 = 0 THEN 'mark' ELSE 'text' END,
  '{"text":"where is it"}', i % :talks + 1, 'inbound', i, 0, CAST(i AS TEXT), 1, :now - (:tenth - i) * 10 * :step,
  :now - (:tenth - i) * 10 * :step + 300 FROM t;
