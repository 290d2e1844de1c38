-- name: take_watch
-- Whether it is time to look, and we are the one who does: until this transaction ends nobody else.
-- A look in the future is one of before the clock was set back.
UPDATE watch SET looked_at = now()
WHERE (looked_at < now() - make_interval(secs => :every) OR looked_at > now())
    AND pg_try_advisory_xact_lock(7210222)
RETURNING looked_at;

-- name: connections_to_measure
-- Whoever was open at the last look or is now, whose access or rules of pause changed, and, of those
-- at rest, who has not been looked at for a minute. What differs, waits or is open is found by its
-- partial index, jumping from connection to connection.
WITH RECURSIVE differing AS (
    SELECT min(connection_id) AS connection_id FROM family WHERE work > 0
    UNION ALL
    SELECT (SELECT min(family.connection_id) FROM family
        WHERE work > 0 AND family.connection_id > differing.connection_id)
    FROM differing WHERE differing.connection_id IS NOT NULL
), waiting AS (
    SELECT min(connection_id) AS connection_id FROM hub_order WHERE wanted_at IS NOT NULL
    UNION ALL
    SELECT (SELECT min(hub_order.connection_id) FROM hub_order
        WHERE wanted_at IS NOT NULL AND hub_order.connection_id > waiting.connection_id)
    FROM waiting WHERE waiting.connection_id IS NOT NULL
), reporting AS (
    SELECT min(connection_id) AS connection_id FROM order_report WHERE is_open
    UNION ALL
    SELECT (SELECT min(order_report.connection_id) FROM order_report
        WHERE is_open AND order_report.connection_id > reporting.connection_id)
    FROM reporting WHERE reporting.connection_id IS NOT NULL
)
SELECT connection_id
FROM connection LEFT JOIN connection_health AS health USING (connection_id)
WHERE health.measured_at IS NULL
    OR health.is_lively
    OR health.measured_at < now() - make_interval(secs => :rest_seconds)
    OR (health.is_held, health.hub_ended, health.store_ended, health.state = 'switched_off')
        <> (released_at IS NULL, hub_access_ended_at IS NOT NULL, store_access_ended_at IS NOT NULL,
            switched_off_at IS NOT NULL)
    OR health.is_stopped <> EXISTS (SELECT FROM pause WHERE pause.ended_at IS NULL
        AND (pause.store_platform IS NULL OR pause.store_platform = connection.store_platform))
    OR GREATEST(catalogue_paused_at, orders_paused_at, reports_paused_at) > health.measured_at
    OR connection_id IN (SELECT connection_id FROM differing UNION ALL
        SELECT connection_id FROM waiting UNION ALL SELECT connection_id FROM reporting)
ORDER BY health.measured_at NULLS FIRST
LIMIT :count;

-- name: measure_connections
-- How these connections stand. Every count ends at `most` + 1, so that none costs more than that.
WITH asked AS MATERIALIZED (
    -- By itself, lest the dear counts below hide from the planner what this costs.
    SELECT *
    FROM unnest(:connections::int[]) AS asked (connection_id)
    LEFT JOIN (
        SELECT call_minute.connection_id,
            sum(all_calls) FILTER (WHERE side = 'hub') AS hub_calls,
            sum(failed + unanswered) FILTER (WHERE side = 'hub') AS hub_failed,
            sum(throttled) FILTER (WHERE side = 'hub') AS hub_throttled,
            sum(all_calls) FILTER (WHERE side = 'store') AS store_calls,
            sum(failed + unanswered) FILTER (WHERE side = 'store') AS store_failed,
            sum(throttled) FILTER (WHERE side = 'store') AS store_throttled
        FROM call_minute, LATERAL (SELECT
            ok + refused + unauthorised + throttled + failed + unanswered AS all_calls) AS total
        WHERE minute >= date_trunc('minute', now()) - interval '4 minutes'
        GROUP BY call_minute.connection_id) AS calls USING (connection_id)
    LEFT JOIN (
        SELECT (args ->> 'connection_id')::int AS connection_id, count(*) AS waiting
        FROM procrastinate_jobs WHERE status = 'todo' AND args ? 'connection_id'
        GROUP BY 1) AS jobs USING (connection_id)
)
SELECT differing.stock_unsent, differing.price_unsent,
    differing.content_unsent, differing.stock_oldest, differing.price_oldest,
    differing.content_oldest, waiting.orders_waiting, waiting.orders_oldest,
    (SELECT count(*) FROM (SELECT FROM problem
        WHERE problem.connection_id = connection.connection_id AND subject_kind = 'order'
            AND NOT is_ignored
        GROUP BY subject LIMIT :most + 1) AS held)::int AS orders_with_problem,
    open.reports_open, open.reports_oldest,
    (SELECT count(*) FROM (SELECT FROM problem
        WHERE problem.connection_id = connection.connection_id AND blocking AND NOT is_ignored
        LIMIT :most + 1) AS blocking)::int AS problems_blocking,
    -- In the order of the index, lest everybody's be read for each connection.
    (SELECT count(*) FILTER (WHERE NOT blocking) FROM (SELECT blocking FROM problem
        WHERE problem.connection_id = connection.connection_id AND NOT is_ignored
        ORDER BY subject_kind, code, blocking, since, subject
        LIMIT :most + 1) AS known)::int AS problems_warning,
    COALESCE(asked.hub_calls, 0)::int AS hub_calls,
    COALESCE(asked.hub_failed, 0)::int AS hub_failed,
    COALESCE(asked.hub_throttled, 0)::int AS hub_throttled,
    COALESCE(asked.store_calls, 0)::int AS store_calls,
    COALESCE(asked.store_failed, 0)::int AS store_failed,
    COALESCE(asked.store_throttled, 0)::int AS store_throttled,
    COALESCE(asked.waiting, 0)::int AS jobs_waiting,
    connection_id, COALESCE(released_at, created_at) AS began_at,
    released_at IS NULL AS is_held, switched_off_at IS NOT NULL AS is_off,
    hub_access_ended_at IS NOT NULL AS hub_ended,
    store_access_ended_at IS NOT NULL AS store_ended,
    product_checked_at, orders_checked_at, reports_checked_at, catalogue_paused_at,
    orders_paused_at, reports_paused_at, product_cursor, differing.families AS differing,
    EXISTS (SELECT FROM pause WHERE pause.ended_at IS NULL
        AND (pause.store_platform IS NULL OR pause.store_platform = connection.store_platform))
        AS is_stopped,
    -- Only while it matters: whether anything was never sent. What fails again and again does not
    -- keep the rest from being what was exported.
    health.exported_at IS NULL AND EXISTS (SELECT FROM family
        WHERE family.connection_id = connection.connection_id AND work = 3
            AND acked_content IS NULL AND failures < 5) AS never_sent,
    health.exported_at, COALESCE(health.families, 0) AS families, COALESCE(health.skus, 0) AS skus,
    health.counted_at, health.counted_cursor, health.mountain_at,
    health.stock_unsent AS stock_before, health.price_unsent AS price_before,
    health.content_unsent AS content_before, health.stock_oldest AS stock_oldest_before,
    health.price_oldest AS price_oldest_before, health.content_oldest AS content_oldest_before,
    COALESCE(health.is_lively, false) AS was_lively, health.state AS state_before,
    health.reason AS reason_before, health.state_since
FROM asked
JOIN connection USING (connection_id)
LEFT JOIN connection_health AS health USING (connection_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS families,
        count(*) FILTER (WHERE desired_stock IS DISTINCT FROM acked_stock) AS stock_unsent,
        count(*) FILTER (WHERE desired_price IS DISTINCT FROM acked_price) AS price_unsent,
        count(*) FILTER (WHERE desired_content IS DISTINCT FROM acked_content) AS content_unsent,
        min(stock_since) AS stock_oldest, min(price_since) AS price_oldest,
        min(content_since) AS content_oldest
    -- In the order of the index, lest the planner walk through a whole catalogue for it.
    FROM (SELECT desired_stock, acked_stock, desired_price, acked_price, desired_content,
            acked_content, stock_since, price_since, content_since
        FROM family WHERE family.connection_id = connection.connection_id AND work > 0
        ORDER BY part, work, due_at LIMIT :most + 1) AS bounded) AS differing
CROSS JOIN LATERAL (
    SELECT count(*)::int AS orders_waiting, min(wanted_at) AS orders_oldest
    FROM (SELECT wanted_at, hub_order_id FROM hub_order
        WHERE hub_order.connection_id = connection.connection_id AND wanted_at IS NOT NULL
        ORDER BY due_at LIMIT :most + 1) AS bounded
    -- One that a pendência holds back waits for a person.
    WHERE NOT EXISTS (SELECT FROM problem WHERE problem.connection_id = connection.connection_id
        AND problem.subject_kind = 'order' AND problem.subject = bounded.hub_order_id)) AS waiting
CROSS JOIN LATERAL (
    SELECT count(*)::int AS reports_open, min(since) AS reports_oldest
    FROM (SELECT since, hub_order_id FROM order_report
        WHERE order_report.connection_id = connection.connection_id AND is_open
        ORDER BY due_at LIMIT :most + 1) AS bounded
    WHERE NOT EXISTS (SELECT FROM problem WHERE problem.connection_id = connection.connection_id
        AND problem.subject_kind = 'report' AND problem.subject = bounded.hub_order_id)) AS open;

-- name: measure_mountain
-- All differences of one connection, one by one.
SELECT count(*) FILTER (WHERE desired_stock IS DISTINCT FROM acked_stock) AS stock_unsent,
    count(*) FILTER (WHERE desired_price IS DISTINCT FROM acked_price) AS price_unsent,
    count(*) FILTER (WHERE desired_content IS DISTINCT FROM acked_content) AS content_unsent,
    min(stock_since) AS stock_oldest, min(price_since) AS price_oldest,
    min(content_since) AS content_oldest
FROM family WHERE connection_id = :connection_id AND work > 0;

-- name: count_catalogue
-- The size of a catalogue.
SELECT (SELECT count(*) FROM family WHERE connection_id = :connection_id) AS families,
    (SELECT count(*) FROM sku_owner WHERE connection_id = :connection_id) AS skus;

-- name: save_health!
-- How they stand now; of those that are gone meanwhile, nothing.
INSERT INTO connection_health
SELECT measured.* FROM jsonb_populate_recordset(NULL::connection_health, :measured::jsonb)
    AS measured JOIN connection USING (connection_id)
ON CONFLICT (connection_id) DO UPDATE
SET (measured_at, state, reason, state_since, lag_seconds, is_lively, is_held, hub_ended,
        store_ended, is_stopped, exported_at, families, skus, counted_at, counted_cursor,
        stock_unsent, price_unsent, content_unsent, stock_oldest, price_oldest, content_oldest,
        mountain_at, orders_waiting, orders_oldest, orders_with_problem, reports_open,
        reports_oldest, problems_blocking, problems_warning, hub_calls, hub_failed, hub_throttled,
        store_calls, store_failed, store_throttled, jobs_waiting)
    = (excluded.measured_at, excluded.state, excluded.reason, excluded.state_since,
        excluded.lag_seconds, excluded.is_lively, excluded.is_held, excluded.hub_ended,
        excluded.store_ended, excluded.is_stopped, excluded.exported_at, excluded.families,
        excluded.skus, excluded.counted_at, excluded.counted_cursor, excluded.stock_unsent,
        excluded.price_unsent, excluded.content_unsent, excluded.stock_oldest,
        excluded.price_oldest, excluded.content_oldest, excluded.mountain_at,
        excluded.orders_waiting, excluded.orders_oldest, excluded.orders_with_problem,
        excluded.reports_open, excluded.reports_oldest, excluded.problems_blocking,
        excluded.problems_warning, excluded.hub_calls, excluded.hub_failed,
        excluded.hub_throttled, excluded.store_calls, excluded.store_failed,
        excluded.store_throttled, excluded.jobs_waiting);

-- name: sample_lags!
-- The worst of this minute, of those where anything is open, or was at the look before.
INSERT INTO lag_sample AS old (connection_id, minute, stock_unsent, price_unsent, content_unsent,
    stock_seconds, price_seconds, content_seconds, orders_waiting)
SELECT connection_id, date_trunc('minute', now()), stock_unsent, price_unsent, content_unsent,
    COALESCE(extract(epoch FROM now() - stock_oldest), 0)::int,
    COALESCE(extract(epoch FROM now() - price_oldest), 0)::int,
    COALESCE(extract(epoch FROM now() - content_oldest), 0)::int, orders_waiting
FROM connection_health WHERE connection_id = ANY(:connections)
ON CONFLICT (connection_id, minute) DO UPDATE
SET stock_unsent = GREATEST(old.stock_unsent, excluded.stock_unsent),
    price_unsent = GREATEST(old.price_unsent, excluded.price_unsent),
    content_unsent = GREATEST(old.content_unsent, excluded.content_unsent),
    stock_seconds = GREATEST(old.stock_seconds, excluded.stock_seconds),
    price_seconds = GREATEST(old.price_seconds, excluded.price_seconds),
    content_seconds = GREATEST(old.content_seconds, excluded.content_seconds),
    orders_waiting = GREATEST(old.orders_waiting, excluded.orders_waiting);

-- name: forget_lag_samples!
-- A day is kept.
DELETE FROM lag_sample WHERE minute < now() - interval '24 hours';

-- name: lag_samples
-- A chart of one connection, oldest first. A minute without a row is one in which all was sent.
SELECT minute, stock_unsent, price_unsent, content_unsent, stock_seconds, price_seconds,
    content_seconds, orders_waiting
FROM lag_sample
WHERE connection_id = :connection_id AND minute > now() - make_interval(hours => :hours)
ORDER BY minute;

-- name: orders_imported_by_hour
-- Orders that entered the store, by hour; hours without any are left out.
SELECT date_trunc('hour', imported_at, 'UTC') AS hour, count(*)::int AS orders
FROM hub_order
WHERE connection_id = :connection_id AND imported_at IS NOT NULL
    AND imported_at > date_trunc('hour', now(), 'UTC') - make_interval(hours => :hours)
GROUP BY 1 ORDER BY 1;

-- name: orders_imported_since
-- How many orders entered the store since a moment, today's midnight for one.
SELECT count(*)::int FROM hub_order
WHERE connection_id = :connection_id AND imported_at >= :since;

-- name: read_health
-- How one connection stood at the last look, with what is known at any moment.
SELECT COALESCE(stock_unsent, 0) AS stock_unsent,
    COALESCE(price_unsent, 0) AS price_unsent, COALESCE(content_unsent, 0) AS content_unsent,
    stock_oldest, price_oldest, content_oldest, COALESCE(orders_waiting, 0) AS orders_waiting,
    orders_oldest, COALESCE(orders_with_problem, 0) AS orders_with_problem,
    COALESCE(reports_open, 0) AS reports_open, reports_oldest,
    COALESCE(problems_blocking, 0) AS problems_blocking,
    COALESCE(problems_warning, 0) AS problems_warning, COALESCE(hub_calls, 0) AS hub_calls,
    COALESCE(hub_failed, 0) AS hub_failed, COALESCE(hub_throttled, 0) AS hub_throttled,
    COALESCE(store_calls, 0) AS store_calls, COALESCE(store_failed, 0) AS store_failed,
    COALESCE(store_throttled, 0) AS store_throttled, COALESCE(jobs_waiting, 0) AS jobs_waiting,
    connection.connection_id, store_name, store_url, store_platform, hub_url, hub_account,
    created_at, released_at, hub_access_ended_at, store_access_ended_at, switched_off_at,
    product_checked_at, price_checked_at, stock_checked_at, orders_checked_at, reports_checked_at,
    catalogue_paused_at, orders_paused_at, reports_paused_at,
    EXISTS (SELECT FROM pause WHERE pause.ended_at IS NULL
        AND (pause.store_platform IS NULL OR pause.store_platform = connection.store_platform))
        AS is_stopped,
    measured_at, state AS state_before, reason AS reason_before, state_since, exported_at,
    COALESCE(families, 0) AS families, COALESCE(skus, 0) AS skus
FROM connection LEFT JOIN connection_health USING (connection_id)
WHERE connection.connection_id = :connection_id;
