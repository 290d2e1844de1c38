-- name: save_connection
-- A new connection, or the one of this store and account once more (reconnecting keeps its ledger).
INSERT INTO connection (hub_url, hub_account, hub_client_id, hub_client_secret, store_platform,
    store_url, store_id, store_name, store_client_id, hint_secret, rules, store_home_url,
    store_product_url, store_order_url, released_at)
VALUES (:hub_url, :hub_account, :hub_client_id, :hub_client_secret, :store_platform, :store_url,
    :store_id, :store_name, :store_client_id, :hint_secret, :rules, :store_home_url,
    :store_product_url, :store_order_url,
    CASE WHEN :held THEN NULL ELSE now() END)
ON CONFLICT (store_url, store_id) DO UPDATE
SET hub_client_id = excluded.hub_client_id,
    hub_client_secret = excluded.hub_client_secret,
    hub_account = COALESCE(excluded.hub_account, connection.hub_account),
    store_name = excluded.store_name,
    store_client_id = excluded.store_client_id,
    hint_secret = excluded.hint_secret,
    store_home_url = excluded.store_home_url,
    store_product_url = excluded.store_product_url,
    store_order_url = excluded.store_order_url,
    hub_access_ended_at = NULL,
    store_access_ended_at = NULL,
    switched_off_at = NULL, switched_off_by = NULL, store_revoked_at = NULL,
    -- What was released once stays so.
    released_at = COALESCE(connection.released_at, excluded.released_at),
    next_pull_at = now(), next_push_at = now(), next_orders_at = now(), next_reports_at = now()
WHERE connection.hub_url = excluded.hub_url
    AND (connection.hub_account IS NULL OR excluded.hub_account IS NULL
        OR connection.hub_account = excluded.hub_account)
RETURNING connection_id, xmax = 0 AS is_new, released_at IS NULL AS is_held;

-- name: other_store_of_account
-- The store that a hub account is connected to already, where it is another one.
SELECT connection_id, store_name FROM connection
WHERE hub_url = :hub_url AND hub_account = :hub_account
    AND (store_url, store_id) <> (:store_url, :store_id);

-- name: save_grant!
-- Tokens of one side, already encrypted.
INSERT INTO access_grant (connection_id, side, access_token, refresh_token, expires_at)
VALUES (:connection_id, :side, :access_token, :refresh_token, :expires_at)
ON CONFLICT (connection_id, side) DO UPDATE
SET access_token = excluded.access_token, refresh_token = excluded.refresh_token,
    expires_at = excluded.expires_at;

-- name: read_grant
-- The tokens of one side, as they are now; of a connection that was switched off, none.
SELECT access_token, refresh_token, expires_at
FROM access_grant
WHERE connection_id = :connection_id AND side = :side AND NOT EXISTS (SELECT FROM connection
    WHERE connection.connection_id = :connection_id AND switched_off_at IS NOT NULL);

-- name: lock_grant
-- The same, and nobody else may refresh until this transaction ends.
SELECT access_token, refresh_token, expires_at
FROM access_grant WHERE connection_id = :connection_id AND side = :side FOR UPDATE;

-- name: read_connection
-- Everything a loop needs to know of a connection.
SELECT connection_id, created_at, hub_url, hub_account, hub_client_id, hub_client_secret, store_platform,
    store_url, store_id, store_name, store_client_id, hint_secret, rules, product_cursor,
    feed_tail, event_cursor, orders_seen_until, hub_access_ended_at, store_access_ended_at,
    released_at, rules_version, catalogue_paused_at, orders_paused_at, reports_paused_at,
    switched_off_at
FROM connection WHERE connection_id = :connection_id;

-- name: connection_brief
-- What pages say of a connection.
SELECT connection_id, created_at, hub_account, store_platform, store_url, store_name,
    hub_access_ended_at, store_access_ended_at, released_at, switched_off_at, switched_off_by,
    store_revoked_at, store_home_url, store_product_url, store_order_url
FROM connection WHERE connection_id = :connection_id;

-- name: connection_briefs
-- The same of all, page by page.
SELECT connection_id, created_at, hub_account, store_platform, store_url, store_name,
    hub_access_ended_at, store_access_ended_at, released_at, switched_off_at, switched_off_by,
    store_revoked_at, store_home_url, store_product_url, store_order_url
FROM connection WHERE connection_id > :after ORDER BY connection_id LIMIT :count;

-- name: list_connections
-- All connections, oldest first.
SELECT connection_id, created_at, hub_url, hub_account, hub_client_id, hub_client_secret, store_platform,
    store_url, store_id, store_name, store_client_id, hint_secret, rules, product_cursor,
    feed_tail, event_cursor, orders_seen_until, hub_access_ended_at, store_access_ended_at,
    released_at, rules_version, catalogue_paused_at, orders_paused_at, reports_paused_at,
    switched_off_at
FROM connection ORDER BY connection_id;

-- name: connections_of_account
-- Connections of one hub account; the account number alone says which of our hubs it is on.
SELECT connection_id, released_at IS NULL OR switched_off_at IS NOT NULL AS is_held
FROM connection WHERE hub_account = :account;

-- name: connection_of_hub_account
-- The one connection of an account of one hub.
SELECT connection_id FROM connection WHERE hub_url = :hub_url AND hub_account = :account;

-- name: release_connection!
-- Its catalogue may be exported: from now on every loop works for it.
UPDATE connection
SET released_at = now(),
    next_pull_at = now(), next_push_at = now(), next_orders_at = now(), next_reports_at = now()
WHERE connection_id = :connection_id AND released_at IS NULL;

-- name: set_hub_app!
-- The app that the hub's grant was given to: only it can renew the grant.
UPDATE connection
SET hub_client_id = :hub_client_id, hub_client_secret = :hub_client_secret
WHERE connection_id = :connection_id;

-- name: resume_hub_access!
-- The hub lets us in again.
UPDATE connection
SET hub_access_ended_at = NULL,
    next_pull_at = now(), next_push_at = now(), next_orders_at = now(), next_reports_at = now()
WHERE connection_id = :connection_id AND hub_access_ended_at IS NOT NULL
    AND switched_off_at IS NULL;

-- name: hint_secret_of
-- The key that a store's hints for this connection are signed with.
SELECT hint_secret, released_at IS NULL OR switched_off_at IS NOT NULL AS is_held FROM connection
WHERE connection_id = :connection_id;

-- name: any_hint_secret
-- Something sealed, to try the installation's keys on.
SELECT hint_secret FROM connection ORDER BY connection_id DESC LIMIT 1;

-- name: learn_account!
-- The hub told us the account by the way; taken only where it was unknown and is nobody else's.
UPDATE connection SET hub_account = :account
WHERE connection_id = :connection_id AND hub_account IS NULL AND NOT EXISTS (
    SELECT FROM connection AS other
    WHERE other.hub_url = connection.hub_url AND other.hub_account = :account);

-- name: end_hub_access!
-- The hub does not let us in any more: the merchant must connect again.
UPDATE connection SET hub_access_ended_at = COALESCE(hub_access_ended_at, now())
WHERE connection_id = :connection_id AND switched_off_at IS NULL;

-- name: end_store_access!
-- The store does not let us in any more: the merchant must connect again.
UPDATE connection SET store_access_ended_at = COALESCE(store_access_ended_at, now())
WHERE connection_id = :connection_id AND switched_off_at IS NULL;

-- name: keep_store_pages!
-- What the store offers its people now; a row is written only where that changed.
UPDATE connection
SET store_home_url = :home_url, store_product_url = :product_url, store_order_url = :order_url
WHERE connection_id = :connection_id
    AND (store_home_url, store_product_url, store_order_url)
        IS DISTINCT FROM (:home_url, :product_url, :order_url);

-- name: switch_off!
-- Somebody ended it: neither side lets us in from now on.
UPDATE connection
SET switched_off_at = now(), switched_off_by = :by, store_revoked_at = NULL,
    hub_access_ended_at = COALESCE(hub_access_ended_at, now()),
    store_access_ended_at = COALESCE(store_access_ended_at, now())
WHERE connection_id = :connection_id AND switched_off_at IS NULL;

-- name: note_store_revoked!
-- The store ended our access, too.
UPDATE connection SET store_revoked_at = now()
WHERE connection_id = :connection_id AND switched_off_at IS NOT NULL;

-- name: is_switched_off
-- Whether the connection of this store was switched off.
SELECT switched_off_at IS NOT NULL FROM connection
WHERE store_url = :store_url AND store_id = :store_id;

-- name: wait_briefly!
-- For the rest of the transaction, for locks that others hold.
SELECT set_config('lock_timeout', (:seconds::int * 1000)::text, true);

-- name: take_grant
-- Give up the tokens of one side: what they were.
DELETE FROM access_grant WHERE connection_id = :connection_id AND side = :side
RETURNING access_token, refresh_token, expires_at;

-- name: forget_grants!
-- Tokens that nobody could take when their connection was switched off: they were being renewed.
DELETE FROM access_grant USING connection
WHERE access_grant.connection_id = connection.connection_id
    AND switched_off_at < now() - interval '1 minute';

-- name: work_left
-- What a connection would leave undone if it were switched off now; each up to a bound. Orders are
-- those that may enter the store: approved, or not read yet.
SELECT
    (SELECT count(*) FROM (SELECT FROM hub_order WHERE connection_id = :connection_id
        AND state = 'waiting' AND (hub_status = 'approved'
            OR hub_status IS NULL AND wanted_at IS NOT NULL) LIMIT :most + 1) AS open)::int AS orders,
    (SELECT count(*) FROM (SELECT FROM order_report WHERE connection_id = :connection_id
        AND is_open LIMIT :most + 1) AS open)::int AS reports,
    (SELECT count(*) FROM (SELECT FROM family WHERE connection_id = :connection_id
        AND work > 0 LIMIT :most + 1) AS open)::int AS families;

-- name: claim_due_loops
-- The loops whose time has come. Leased for a while, so that a lost wake-up is repeated.
WITH due AS (
    SELECT connection_id, next_pull_at <= now() AND store_access_ended_at IS NULL
            AND catalogue_paused_at IS NULL AS pull,
        next_push_at <= now() AND hub_access_ended_at IS NULL
            AND catalogue_paused_at IS NULL AS push,
        next_orders_at <= now() AND hub_access_ended_at IS NULL
            AND store_access_ended_at IS NULL AND orders_paused_at IS NULL AS orders,
        next_reports_at <= now() AND store_access_ended_at IS NULL
            AND hub_access_ended_at IS NULL AND reports_paused_at IS NULL AS reports
    FROM connection
    WHERE least(next_pull_at, next_push_at, next_orders_at, next_reports_at) <= now()
        AND released_at IS NOT NULL
        -- What an operator stopped stays due.
        AND NOT EXISTS (SELECT FROM pause WHERE pause.ended_at IS NULL
            AND (pause.store_platform IS NULL
                OR pause.store_platform = connection.store_platform))
    FOR UPDATE SKIP LOCKED
)
UPDATE connection
SET next_pull_at = CASE WHEN due.pull THEN now() + make_interval(secs => :lease_seconds)
        ELSE next_pull_at END,
    next_push_at = CASE WHEN due.push THEN now() + make_interval(secs => :lease_seconds)
        ELSE next_push_at END,
    next_orders_at = CASE WHEN due.orders THEN now() + make_interval(secs => :lease_seconds)
        ELSE next_orders_at END,
    next_reports_at = CASE WHEN due.reports THEN now() + make_interval(secs => :lease_seconds)
        ELSE next_reports_at END
FROM due
WHERE connection.connection_id = due.connection_id
    AND (due.pull OR due.push OR due.orders OR due.reports)
RETURNING connection.connection_id, due.pull, due.push, due.orders, due.reports;

-- name: lock_waiting_jobs
-- Wake-ups of these names that nobody has taken yet. Locked, they are not taken before we commit, so
-- they will see what we wrote. In one order, so that no two who lock wait for each other.
SELECT queueing_lock FROM procrastinate_jobs
WHERE queueing_lock = ANY(:queueing_locks) AND status = 'todo'
ORDER BY queueing_lock
FOR UPDATE;

-- name: overdue_jobs
-- Jobs that began longer ago than any may take.
SELECT job.id, job.task_name, (job.args ->> 'connection_id')::int AS connection_id,
    COALESCE((job.args ->> 'part')::int, 0) AS part
FROM procrastinate_jobs AS job
WHERE job.status = 'doing' AND job.task_name = ANY(:task_names) AND (
    SELECT max(event.at) FROM procrastinate_events AS event
    WHERE event.job_id = job.id AND event.type = 'started') < now() - make_interval(secs => :seconds);

-- name: postpone_loop!
-- The loop as a whole could not run: woken again after a wait.
UPDATE connection
SET next_pull_at = CASE WHEN :loop = 'pull' THEN now() + make_interval(secs => :wait)
        ELSE next_pull_at END,
    next_push_at = CASE WHEN :loop = 'push' THEN now() + make_interval(secs => :wait)
        ELSE next_push_at END,
    next_orders_at = CASE WHEN :loop = 'orders' THEN now() + make_interval(secs => :wait)
        ELSE next_orders_at END,
    next_reports_at = CASE WHEN :loop = 'reports' THEN now() + make_interval(secs => :wait)
        ELSE next_reports_at END
WHERE connection_id = :connection_id;
