-- name: add_calls!
-- What a process counted since it last did this.
INSERT INTO call_minute AS old (minute, connection_id, side, ok, refused, unauthorised, throttled,
    failed, unanswered, failure_status)
SELECT date_trunc('minute', now()), counted.*
FROM unnest(:connections::int[], :sides::text[], :ok::int[], :refused::int[],
    :unauthorised::int[], :throttled::int[], :failed::int[], :unanswered::int[],
    :statuses::smallint[]) AS counted
ON CONFLICT (minute, connection_id, side) DO UPDATE
SET ok = old.ok + excluded.ok,
    refused = old.refused + excluded.refused,
    unauthorised = old.unauthorised + excluded.unauthorised,
    throttled = old.throttled + excluded.throttled,
    failed = old.failed + excluded.failed,
    unanswered = old.unanswered + excluded.unanswered,
    failure_status = COALESCE(excluded.failure_status, old.failure_status);

-- name: condense_calls!
-- Minutes that no page shows any more become hours.
WITH gone AS (
    DELETE FROM call_minute WHERE minute < date_trunc('minute', now()) - interval '1 hour'
    RETURNING connection_id, side, date_trunc('hour', minute, 'UTC') AS hour, ok, refused,
        unauthorised, throttled, failed, unanswered
)
INSERT INTO call_hour AS old (connection_id, side, hour, ok, refused, unauthorised, throttled,
    failed, unanswered)
SELECT connection_id, side, hour, sum(ok), sum(refused), sum(unauthorised), sum(throttled),
    sum(failed), sum(unanswered)
FROM gone GROUP BY connection_id, side, hour
ON CONFLICT (connection_id, side, hour) DO UPDATE
SET ok = old.ok + excluded.ok,
    refused = old.refused + excluded.refused,
    unauthorised = old.unauthorised + excluded.unauthorised,
    throttled = old.throttled + excluded.throttled,
    failed = old.failed + excluded.failed,
    unanswered = old.unanswered + excluded.unanswered;

-- name: forget_call_hours!
-- Two days are kept.
DELETE FROM call_hour WHERE hour < now() - interval '48 hours';

-- name: calls_by_hour
-- A chart of one connection. Of the minutes, which are kept by minute, each is looked up.
SELECT hour, side, sum(ok)::int AS ok, sum(refused)::int AS refused,
    sum(unauthorised)::int AS unauthorised, sum(throttled)::int AS throttled,
    sum(failed)::int AS failed, sum(unanswered)::int AS unanswered
FROM (
    SELECT hour, side, ok, refused, unauthorised, throttled, failed, unanswered
    FROM call_hour
    WHERE connection_id = :connection_id
        AND hour > date_trunc('hour', now(), 'UTC') - make_interval(hours => :hours)
    UNION ALL
    SELECT date_trunc('hour', call_minute.minute, 'UTC'), side, ok, refused, unauthorised,
        throttled, failed, unanswered
    FROM generate_series(date_trunc('minute', now()) - interval '70 minutes',
        date_trunc('minute', now()), interval '1 minute') AS each (minute)
    JOIN call_minute ON call_minute.minute = each.minute
        AND call_minute.connection_id = :connection_id
) AS kept
GROUP BY hour, side ORDER BY hour, side;
