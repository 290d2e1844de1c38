-- name: fleet
-- A page of all connections with how they stand. One pass over as many rows as there are
-- connections, and a sort of those that fit: some ten milliseconds for ten thousand.
SELECT connection_id, store_name, store_url, store_platform, hub_account, state, reason,
    state_since, lag_seconds, families, skus, unsent, orders_waiting, orders_with_problem,
    problems_blocking, problems_warning, calls, failed, throttled, jobs_waiting, measured_at
FROM (
    SELECT connection_id, store_name, store_url, store_platform, hub_account,
        COALESCE(state, CASE WHEN switched_off_at IS NOT NULL THEN 'switched_off'
            WHEN released_at IS NULL THEN 'held' ELSE 'exporting' END) AS state,
        COALESCE(reason, 'nothing') AS reason, state_since,
        COALESCE(lag_seconds, 0) AS lag_seconds, COALESCE(families, 0) AS families,
        COALESCE(skus, 0) AS skus,
        COALESCE(stock_unsent + price_unsent + content_unsent, 0) AS unsent,
        COALESCE(orders_waiting, 0) AS orders_waiting,
        COALESCE(orders_with_problem, 0) AS orders_with_problem,
        COALESCE(problems_blocking, 0) AS problems_blocking,
        COALESCE(problems_warning, 0) AS problems_warning,
        COALESCE(hub_calls + store_calls, 0) AS calls,
        COALESCE(hub_failed + store_failed, 0) AS failed,
        COALESCE(hub_throttled + store_throttled, 0) AS throttled,
        COALESCE(jobs_waiting, 0) AS jobs_waiting, measured_at
    FROM connection LEFT JOIN connection_health USING (connection_id)) AS known
WHERE (:state::text IS NULL OR state = :state)
    AND (:platform::text IS NULL OR store_platform = :platform)
    AND (:pattern::text IS NULL OR store_name ILIKE :pattern OR store_url ILIKE :pattern
        OR hub_account::text LIKE :account OR connection_id::text = :number)
ORDER BY
    :direction::int * CASE :sort::text
        WHEN 'state' THEN array_position(:states::text[], state)
        WHEN 'lag' THEN lag_seconds
        WHEN 'unsent' THEN unsent
        WHEN 'orders' THEN orders_waiting
        WHEN 'problems' THEN problems_blocking
        WHEN 'errors' THEN CASE WHEN calls = 0 THEN 0 ELSE failed::float8 / calls END
        WHEN 'throttled' THEN throttled
        WHEN 'queue' THEN jobs_waiting
        WHEN 'families' THEN families
        WHEN 'account' THEN hub_account
        WHEN 'number' THEN connection_id
    END NULLS LAST,
    CASE WHEN :sort = 'store' AND :direction = 1 THEN lower(store_name) END,
    CASE WHEN :sort = 'store' AND :direction = -1 THEN lower(store_name) END DESC,
    connection_id
LIMIT :count OFFSET :skipped;

-- name: fleet_by_state
-- How many connections fit the search, by state.
SELECT COALESCE(state, CASE WHEN switched_off_at IS NOT NULL THEN 'switched_off'
            WHEN released_at IS NULL THEN 'held' ELSE 'exporting' END) AS state,
    count(*)::int AS connections
FROM connection LEFT JOIN connection_health USING (connection_id)
WHERE (:platform::text IS NULL OR store_platform = :platform)
    AND (:pattern::text IS NULL OR store_name ILIKE :pattern OR store_url ILIKE :pattern
        OR hub_account::text LIKE :account OR connection_id::text = :number)
GROUP BY 1;

-- name: fleet_totals
-- The whole installation in a few figures.
SELECT count(*)::int AS connections, COALESCE(sum(families), 0)::bigint AS families,
    COALESCE(sum(skus), 0)::bigint AS skus,
    COALESCE(sum(stock_unsent + price_unsent + content_unsent), 0)::bigint AS unsent,
    COALESCE(sum(orders_waiting), 0)::bigint AS orders_waiting,
    COALESCE(sum(problems_blocking), 0)::bigint AS problems_blocking,
    COALESCE(sum(hub_calls + store_calls), 0)::bigint AS calls,
    COALESCE(sum(hub_failed + store_failed), 0)::bigint AS failed,
    COALESCE(sum(hub_throttled + store_throttled), 0)::bigint AS throttled,
    min(measured_at) AS oldest_measure
FROM connection LEFT JOIN connection_health USING (connection_id);

-- name: standing_figures
-- For a monitoring system: connections by state, and what stands.
SELECT 'connections' AS figure, state AS label, count(*)::int AS value
FROM connection JOIN connection_health USING (connection_id) GROUP BY state
UNION ALL SELECT 'outages', side, count(*)::int FROM outage WHERE ended_at IS NULL GROUP BY side
UNION ALL SELECT 'alerts', kind, count(*)::int FROM alert
    WHERE over_at IS NULL AND raised_at IS NOT NULL GROUP BY kind
UNION ALL SELECT 'messages', channel, count(*)::int FROM alert_delivery
    WHERE sent_at IS NULL AND given_up_at IS NULL GROUP BY channel;
