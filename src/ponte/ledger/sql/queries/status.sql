-- name: catalogue_status
-- What differs per facet, how old the oldest is, and the three clocks (R3).
SELECT count(*) FILTER (WHERE desired_stock IS DISTINCT FROM acked_stock) AS stock_unsent,
    count(*) FILTER (WHERE desired_price IS DISTINCT FROM acked_price) AS price_unsent,
    count(*) FILTER (WHERE desired_content IS DISTINCT FROM acked_content) AS content_unsent,
    min(stock_since) AS stock_oldest, min(price_since) AS price_oldest,
    min(content_since) AS content_oldest,
    (SELECT count(*) FROM family WHERE connection_id = :connection_id) AS families,
    (SELECT count(*) FROM sku_owner WHERE connection_id = :connection_id) AS skus
FROM family WHERE connection_id = :connection_id AND work > 0;

-- name: export_progress
-- How much of the catalogue the hub has acknowledged, and whether the feed is still being read. A
-- small catalogue is counted; a large one has its figures from the last measures of its health, and
-- whether anything is left at all, as seen now.
WITH size AS MATERIALIZED (
    SELECT count(*) <= :most_counted AS is_small FROM (
        SELECT FROM family WHERE connection_id = :connection_id LIMIT :most_counted + 1) AS first
), counted AS MATERIALIZED (
    SELECT count(*) AS families, count(*) FILTER (WHERE work > 0) AS unsent
    FROM family, size WHERE connection_id = :connection_id AND size.is_small
), open AS MATERIALIZED (
    SELECT EXISTS (
        SELECT FROM family WHERE connection_id = :connection_id AND part = 0 AND work > 0
    ) OR EXISTS (
        SELECT FROM family WHERE connection_id = :connection_id AND part = 1 AND work > 0
    ) AS is_unsent
)
SELECT connection.product_checked_at, connection.product_cursor,
    connection.hub_access_ended_at IS NOT NULL AS hub_access_ended,
    connection.store_access_ended_at IS NOT NULL AS store_access_ended,
    connection.catalogue_paused_at, connection.released_at,
    CASE WHEN size.is_small THEN counted.families
        ELSE GREATEST(health.families, :most_counted + 1) END AS families,
    CASE WHEN size.is_small THEN counted.unsent
        WHEN open.is_unsent THEN GREATEST(health.stock_unsent, health.price_unsent,
            health.content_unsent, 1)
        ELSE 0 END AS unsent,
    CASE WHEN NOT size.is_small THEN COALESCE(health.mountain_at, health.measured_at)
        END AS counted_at,
    EXISTS (SELECT FROM family WHERE family.connection_id = connection.connection_id
        AND state = 8) AS has_never_sent,
    (SELECT count(*) FROM (SELECT FROM family
        WHERE family.connection_id = connection.connection_id AND state BETWEEN 16 AND 24
        LIMIT :most_counted + 1) AS blocked) AS refused,
    (SELECT max(acked_at) FROM family
        WHERE family.connection_id = connection.connection_id) AS acked_at
FROM connection CROSS JOIN size CROSS JOIN counted CROSS JOIN open
LEFT JOIN connection_health AS health USING (connection_id)
WHERE connection.connection_id = :connection_id;

-- name: acknowledged_lately
-- The families that the hub acknowledged last, up to a bound, within the last minute: how many, and
-- over how many seconds.
SELECT count(*) AS families,
    COALESCE(extract(epoch FROM now() - min(acked_at)), 0)::float8 AS seconds
FROM (
    SELECT acked_at FROM family
    WHERE connection_id = :connection_id AND acked_at > now() - interval '1 minute'
    ORDER BY acked_at DESC LIMIT :most_counted) AS latest;

-- name: living_workers
-- Workers that have shown a heartbeat lately; they show one every second.
SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '10 seconds';

-- name: refused_families
-- Products the hub refused: all, or the one that a person names by the store's id or by SKU.
SELECT family_key, sku FROM family
WHERE connection_id = :connection_id AND (stock_blocked OR price_blocked OR content_blocked)
    AND (:named::text IS NULL OR family_key = :named OR sku = :named OR store_sku = :named)
ORDER BY sku;

-- name: loop_clocks
-- When each loop last read its source to the end, and what ended.
SELECT created_at AS connected_at, store_name, hub_account, product_checked_at, price_checked_at,
    stock_checked_at, orders_checked_at, reports_checked_at, hub_access_ended_at,
    store_access_ended_at, released_at, switched_off_at
FROM connection WHERE connection_id = :connection_id;

-- name: order_status
-- Orders by what became of them. One that a pendência holds back is not waiting for us.
SELECT count(*) AS seen,
    count(*) FILTER (WHERE wanted_at IS NOT NULL AND NOT held) AS waiting,
    count(store_number) AS imported,
    count(*) FILTER (WHERE store_number IS NOT NULL AND confirmed_at IS NULL) AS unconfirmed,
    count(canceled_at) AS canceled, count(ignored) AS ignored,
    count(*) FILTER (WHERE held) AS with_problem,
    min(wanted_at) FILTER (WHERE NOT held) AS oldest_waiting
FROM (
    SELECT hub_order.*, EXISTS (
        SELECT FROM problem WHERE problem.connection_id = hub_order.connection_id
            AND problem.subject_kind = 'order' AND problem.subject = hub_order.hub_order_id
            AND NOT problem.is_ignored
    ) AS held
    FROM hub_order WHERE connection_id = :connection_id) AS known;

-- name: report_status
-- Reports by what became of them.
SELECT count(*) FILTER (WHERE is_open) AS open, count(acked_invoice) AS invoiced,
    count(acked_dispatch) AS dispatched, count(*) FILTER (WHERE acked_delivered) AS delivered,
    min(since) FILTER (WHERE is_open) AS oldest_open
FROM order_report WHERE connection_id = :connection_id;

-- name: acknowledged_since
-- How many families the hub acknowledged in the last minute: the speed of now.
SELECT count(*) FROM family
WHERE connection_id = :connection_id AND acked_at > now() - interval '1 minute';

-- name: jobs_waiting
-- Wake-ups that nobody has taken yet.
SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo';

-- name: lag_by_facet
-- Over all connections: what is not sent yet, and since when.
SELECT 'stock' AS facet, count(*) FILTER (WHERE stock_since IS NOT NULL) AS unsent,
    COALESCE(extract(epoch FROM now() - min(stock_since)), 0)::float8 AS oldest_seconds
FROM family WHERE work > 0
UNION ALL
SELECT 'price', count(*) FILTER (WHERE price_since IS NOT NULL),
    COALESCE(extract(epoch FROM now() - min(price_since)), 0)::float8
FROM family WHERE work > 0
UNION ALL
SELECT 'content', count(*) FILTER (WHERE content_since IS NOT NULL),
    COALESCE(extract(epoch FROM now() - min(content_since)), 0)::float8
FROM family WHERE work > 0
UNION ALL
SELECT 'orders', count(*), COALESCE(extract(epoch FROM now() - min(wanted_at)), 0)::float8
FROM hub_order WHERE wanted_at IS NOT NULL
UNION ALL
SELECT 'reports', count(*), COALESCE(extract(epoch FROM now() - min(since)), 0)::float8
FROM order_report WHERE is_open;
