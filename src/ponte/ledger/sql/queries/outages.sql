-- name: is_any_trouble
-- Whether anything failed lately, or an outage stands: mostly neither, and there is nothing to judge.
SELECT EXISTS (SELECT FROM call_minute
        WHERE minute >= date_trunc('minute', now()) - interval '3 minutes'
            AND failed + unanswered > 0)
    OR EXISTS (SELECT FROM outage WHERE ended_at IS NULL);

-- name: weather
-- How the accounts at each hub, store platform and server of stores fared in the last minutes. An
-- account fails where half of its calls did; what most of those are answered is the place's status.
WITH accounts AS MATERIALIZED (
    SELECT side, hub_url, store_platform, store_url,
        2 * sum(failed + unanswered)
            >= sum(ok + refused + unauthorised + throttled + failed + unanswered) AS fails,
        min(minute) FILTER (WHERE failed + unanswered > 0) AS since,
        max(failure_status) AS status
    FROM call_minute JOIN connection USING (connection_id)
    WHERE minute >= date_trunc('minute', now()) - interval '3 minutes'
    GROUP BY connection.connection_id, side
)
SELECT side, CASE side WHEN 'hub' THEN hub_url ELSE store_platform END AS place,
    NULL AS within, count(*)::int AS accounts, count(*) FILTER (WHERE fails)::int AS failing,
    (mode() WITHIN GROUP (ORDER BY status) FILTER (WHERE fails))::int AS status,
    min(since) FILTER (WHERE fails) AS since
FROM accounts GROUP BY 1, 2
UNION ALL
SELECT side, store_url, store_platform, count(*)::int, count(*) FILTER (WHERE fails)::int,
    (mode() WITHIN GROUP (ORDER BY status) FILTER (WHERE fails))::int,
    min(since) FILTER (WHERE fails)
FROM accounts WHERE side = 'store' GROUP BY side, store_url, store_platform
-- Most servers have one store, and most of the others are well; these say that one is well again.
HAVING count(*) > 1;

-- name: standing_outages
-- Outages that have not ended.
SELECT outage_id, side, place, seen_at FROM outage WHERE ended_at IS NULL;

-- name: begin_outage
-- An outage was found.
INSERT INTO outage (side, place, began_at, seen_at, status, accounts, failing)
VALUES (:side, :place, COALESCE(:began_at::timestamptz, now()), now(), :status, :accounts, :failing)
RETURNING outage_id;

-- name: continue_outage!
-- It goes on. At its ebb nobody may fail: the last status stands.
UPDATE outage SET seen_at = now(), status = COALESCE(:status::int, status),
    accounts = :accounts, failing = :failing
WHERE outage_id = :outage_id;

-- name: end_outage!
-- It was last seen then.
UPDATE outage SET ended_at = now() WHERE outage_id = :outage_id AND ended_at IS NULL;

-- name: outages_now
-- The same with their figures.
SELECT outage_id, side, place, began_at, seen_at, ended_at, status, accounts, failing FROM outage
WHERE ended_at IS NULL ORDER BY outage_id;

-- name: latest_outages
-- For the operator: standing ones, then the newest.
SELECT outage_id, side, place, began_at, seen_at, ended_at, status, accounts, failing FROM outage
ORDER BY ended_at IS NULL DESC, began_at DESC LIMIT :count;

-- name: outages_at
-- For the merchant of a connection between a hub and a store.
SELECT outage_id, side, place, began_at, seen_at, ended_at, status, accounts, failing FROM outage
WHERE ended_at IS NULL AND (side = 'hub' AND place = :hub_url
    OR side = 'store' AND place = ANY(:store_places::text[]))
ORDER BY began_at;

-- name: connections_in_outages
-- Whoever need not be told about alone: an outage concerns them, or did so a moment ago, and what
-- waited meanwhile is being worked off.
SELECT DISTINCT connection_id
FROM outage JOIN connection ON side = 'hub' AND place = hub_url
    OR side = 'store' AND place IN (store_platform, store_url)
WHERE COALESCE(outage.ended_at, 'infinity') > now() - interval '10 minutes';
