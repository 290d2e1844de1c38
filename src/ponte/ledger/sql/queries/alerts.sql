-- name: alert_suspects
-- Connections that may be worth an alert: the domain knows exactly.
SELECT connection_id, store_name, hub_account, state, reason, lag_seconds,
    problems_blocking AS problems
FROM connection_health JOIN connection USING (connection_id)
WHERE state IN ('disconnected', 'failing') OR 2 * lag_seconds > :lag_seconds
    -- What a person switched off troubles nobody.
    OR problems_blocking * 2 > :problems AND state <> 'switched_off';

-- name: standing_alerts
-- Alerts that are not over.
SELECT alert_id, kind, connection_id, subject, noticed_at, raised_at, calm_since
FROM alert WHERE over_at IS NULL;

-- name: notice_alerts!
-- Troubles that are seen for the first time.
INSERT INTO alert (kind, connection_id, subject, figures, noticed_at)
SELECT kind, connection_id, subject, figures, now()
FROM unnest(:kinds::text[], :connections::int[], :subjects::text[], :figures::jsonb[])
    AS seen (kind, connection_id, subject, figures)
ON CONFLICT DO NOTHING;

-- name: raise_alerts!
-- Troubles that last.
UPDATE alert SET raised_at = now(), figures = told.figures
FROM unnest(:alerts::bigint[], :figures::jsonb[]) AS told (alert_id, figures)
WHERE alert.alert_id = told.alert_id AND raised_at IS NULL;

-- name: end_alerts!
-- Troubles that are over.
UPDATE alert SET over_at = now() WHERE alert_id = ANY(:alerts) AND over_at IS NULL;

-- name: calm_alerts!
-- Troubles that are not seen for now.
UPDATE alert SET calm_since = now() WHERE alert_id = ANY(:alerts);

-- name: resume_alerts!
-- Troubles that are seen again.
UPDATE alert SET calm_since = NULL WHERE alert_id = ANY(:alerts);

-- name: drop_alerts!
-- Troubles that passed before they were told.
DELETE FROM alert WHERE alert_id = ANY(:alerts) AND raised_at IS NULL;

-- name: make_test_alert
-- Told, and over: nothing is wrong.
INSERT INTO alert (kind, subject, figures, noticed_at, raised_at, over_at)
VALUES (:kind, '', '{}', now(), now(), now())
RETURNING alert_id;

-- name: make_deliveries!
-- A message to each receiver, in the transaction of what it tells.
INSERT INTO alert_delivery (delivery_id, alert_id, channel, event)
SELECT delivery_id, alert_id, channel, :event
FROM unnest(:ids::text[], :alerts::bigint[], :channels::text[])
    AS made (delivery_id, alert_id, channel);

-- name: claim_deliveries
-- Messages to be sent now. Leased: whoever dies while sending leaves them to be sent once more.
WITH due AS (
    SELECT delivery_id FROM alert_delivery
    WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at <= now() AND channel = :channel
    ORDER BY due_at LIMIT :count
    FOR UPDATE SKIP LOCKED
)
UPDATE alert_delivery
SET due_at = now() + make_interval(secs => :lease_seconds), attempts = attempts + 1
FROM due, alert
WHERE alert_delivery.delivery_id = due.delivery_id AND alert.alert_id = alert_delivery.alert_id
RETURNING alert_delivery.delivery_id, channel, event, made_at, attempts, alert.alert_id, kind,
    connection_id, subject, raised_at, over_at, figures;

-- name: delivery_sent!
-- It arrived.
UPDATE alert_delivery SET sent_at = now(), failure = NULL WHERE delivery_id = :delivery_id;

-- name: delivery_failed!
-- It did not arrive: again later, or never.
UPDATE alert_delivery
SET failure = :failure, due_at = COALESCE(:due_at::timestamptz, due_at),
    given_up_at = CASE WHEN :due_at::timestamptz IS NULL THEN now() END
WHERE delivery_id = :delivery_id;

-- name: latest_alerts
-- For people: what stands, then the past, newest first.
SELECT alert_id, kind, connection_id, subject, figures, raised_at, over_at FROM alert
WHERE raised_at IS NOT NULL
    AND (over_at IS NULL, alert_id)
        < (:before::bigint IS NULL, COALESCE(:before::bigint, 9223372036854775807))
ORDER BY over_at IS NULL DESC, alert_id DESC
LIMIT :count;

-- name: deliveries_of_alerts
-- What became of their messages.
SELECT delivery_id, alert_id, channel, event, made_at, due_at, attempts, sent_at, given_up_at,
    failure
FROM alert_delivery WHERE alert_id = ANY(:alerts) ORDER BY alert_id, made_at, channel;

-- name: forget_alerts!
-- Three months are kept.
DELETE FROM alert WHERE over_at < now() - interval '90 days';
