-- name: want_order!
-- A hint: this order may have changed. Any number of hints are one wish.
INSERT INTO hub_order (connection_id, hub_order_id, wanted_at)
SELECT :connection_id, :hub_order_id, clock_timestamp()
-- A web process may know for a moment longer that the connection works.
WHERE NOT EXISTS (SELECT FROM connection
    WHERE connection_id = :connection_id AND switched_off_at IS NOT NULL)
ON CONFLICT (connection_id, hub_order_id) DO UPDATE
SET wanted_at = clock_timestamp(), due_at = now();

-- name: want_listed_orders
-- What a list showed: wanted is only what differs from what the ledger saw; answers how many.
WITH listed AS (
    SELECT DISTINCT ON (hub_order_id) hub_order_id, status, modified
    FROM unnest(:ids::text[], :statuses::text[], :modified::timestamptz[])
        AS page (hub_order_id, status, modified)
), wanted AS (
    INSERT INTO hub_order AS old (connection_id, hub_order_id, wanted_at)
    SELECT :connection_id, hub_order_id, clock_timestamp() FROM listed
    ON CONFLICT (connection_id, hub_order_id) DO UPDATE
    SET wanted_at = clock_timestamp(), due_at = now()
    WHERE ((SELECT status FROM listed WHERE listed.hub_order_id = old.hub_order_id)
            IS DISTINCT FROM old.hub_status
        OR (SELECT modified FROM listed WHERE listed.hub_order_id = old.hub_order_id)
            IS DISTINCT FROM old.hub_modified)
    RETURNING 1
)
SELECT count(*) FROM wanted;

-- name: awaited_skus
-- The SKUs that orders wait for.
SELECT DISTINCT detail FROM problem
WHERE connection_id = :connection_id AND NOT is_ignored AND subject_kind = 'order' AND code = :code;

-- name: want_orders_with_problem
-- The reason may be gone: orders held back by one of these codes are read again. Those that somebody
-- set aside are not: they may have been taken in by hand.
UPDATE hub_order SET wanted_at = clock_timestamp(), due_at = now()
FROM problem
WHERE hub_order.connection_id = :connection_id AND problem.connection_id = :connection_id
    AND problem.subject_kind = 'order' AND problem.subject = hub_order.hub_order_id
    AND problem.code = ANY(:codes) AND NOT problem.is_ignored
    AND (:details::text[] IS NULL OR problem.detail = ANY(:details))
RETURNING hub_order.hub_order_id;

-- name: retry_order
-- A person asks to read this order again now, set aside or not.
WITH heeded AS (
    UPDATE problem SET ignored_at = NULL, ignored_by = NULL, ignore_reason = NULL
    WHERE connection_id = :connection_id AND subject_kind = 'order' AND subject = :hub_order_id
        AND is_ignored
)
UPDATE hub_order SET wanted_at = clock_timestamp(), due_at = now(), attempts = 0
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id
RETURNING hub_order_id;

-- name: wanted_orders
-- Orders to read, longest waiting first; with whether somebody set them aside.
SELECT hub_order_id, seen_at, first_read_at, wanted_at, attempts, store_number, imported_at,
    confirmed_at, canceled_at, ignored, (
        SELECT true FROM problem WHERE problem.connection_id = hub_order.connection_id
            AND problem.subject_kind = 'order' AND problem.subject = hub_order.hub_order_id
            AND problem.is_ignored AND problem.blocking LIMIT 1) IS NOT NULL AS set_aside
FROM hub_order
WHERE connection_id = :connection_id AND wanted_at IS NOT NULL AND due_at <= now()
    AND hub_order_id <> ALL(:in_flight)
ORDER BY due_at
LIMIT :count;

-- name: settle_order!
-- What a look at the order came to. A hint that came meanwhile keeps the order wanted; an order that
-- could not enter stays wanted too, and is looked at again after a while. What an answer does not
-- show (there is none of an order that is gone) is kept as it was known.
UPDATE hub_order
SET wanted_at = CASE WHEN wanted_at > :wanted_at OR :again_in::float8 IS NOT NULL
        THEN wanted_at END,
    due_at = CASE WHEN wanted_at > :wanted_at THEN now()
        ELSE now() + make_interval(secs => COALESCE(:again_in::float8, 0)) END,
    attempts = 0,
    first_read_at = CASE
        WHEN first_read_at IS NOT NULL OR :first_read_at::timestamptz IS NULL THEN first_read_at
        -- Imported by an earlier look, whose time was not noted; a minute is for the clocks of two
        -- machines.
        WHEN imported_at < :first_read_at - interval '1 minute' THEN NULL
        ELSE GREATEST(seen_at, LEAST(:first_read_at, imported_at)) END,
    hub_canceled_at = CASE WHEN :is_canceled THEN COALESCE(hub_canceled_at, now())
        ELSE hub_canceled_at END,
    document_hash = COALESCE(:document_hash, document_hash),
    hub_status = COALESCE(:hub_status, hub_status),
    hub_modified = COALESCE(:hub_modified, hub_modified),
    hub_number = COALESCE(:hub_number, hub_number),
    marketplace_id = COALESCE(:marketplace_id, marketplace_id),
    channel = COALESCE(:channel, channel),
    total = COALESCE(:total, total),
    ignored = :ignored,
    -- It looks by itself (017_lists.sql): at a pendência that was written while the order was, too.
    has_problem = DEFAULT
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: forget_unread!
-- An order that no look has ever found: the notification was forged or mistaken. A newer hint keeps
-- it, for the order may be there by now.
DELETE FROM hub_order
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id
    AND hub_status IS NULL AND store_number IS NULL AND wanted_at <= :wanted_at;

-- name: record_import!
-- The store took the order in under this number.
UPDATE hub_order
SET store_number = :store_number, imported_at = COALESCE(imported_at, now()), ignored = NULL
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: record_confirmation!
-- The hub shows our number and the receipt.
UPDATE hub_order SET confirmed_at = COALESCE(confirmed_at, now())
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: record_cancellation!
-- The store canceled the order.
UPDATE hub_order SET canceled_at = COALESCE(canceled_at, now())
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: postpone_order!
-- A passing failure: the order stays wanted.
UPDATE hub_order
SET attempts = LEAST(attempts + 1, 1000), due_at = now() + make_interval(secs => :wait)
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: next_order_due
-- When the next wanted order may be read, or NULL.
SELECT min(due_at) FROM hub_order
WHERE connection_id = :connection_id AND wanted_at IS NOT NULL;

-- name: mark_orders_checked!
-- The list was read to its end.
UPDATE connection
SET orders_seen_until = GREATEST(orders_seen_until, :seen_until), orders_checked_at = :at
WHERE connection_id = :connection_id;

-- name: schedule_orders!
-- Wakes the order loop for the next wanted order, or the next poll.
UPDATE connection
SET next_orders_at = GREATEST(now() + make_interval(secs => :pause),
    LEAST(COALESCE(:due_at::timestamptz, 'infinity'),
        COALESCE(orders_checked_at, now()) + make_interval(secs => :poll_seconds)))
WHERE connection_id = :connection_id;

-- name: orders_poll_due
-- Whether the list has to be read again.
SELECT orders_checked_at IS NULL
    OR orders_checked_at + make_interval(secs => :poll_seconds) <= now()
FROM connection WHERE connection_id = :connection_id;

-- name: list_orders
-- Orders for people, newest first, behind a place in that order; of those seen at once, the hub's
-- later (growing) id. `number` is a pattern for any of the four that an order has. Not EXISTS: for
-- it all pendências of all connections would be read first.
SELECT
    hub_order_id, hub_number, marketplace_id, channel, hub_status, state, total, store_number,
    seen_at, imported_at, confirmed_at, canceled_at, ignored, wanted_at IS NOT NULL AS waiting,
    has_problem,
    (SELECT true FROM problem WHERE problem.connection_id = hub_order.connection_id
        AND problem.subject_kind = 'order' AND problem.subject = hub_order.hub_order_id
        AND problem.is_ignored AND problem.blocking
        LIMIT 1) IS NOT NULL AS set_aside
FROM hub_order
WHERE connection_id = :connection_id
    AND (:hub_status::text IS NULL OR hub_status = :hub_status)
    AND (:state::text IS NULL OR state = :state)
    AND (:channel::text IS NULL OR channel = :channel)
    AND seen_at >= COALESCE(:since::timestamptz, '-infinity')
    AND seen_at < COALESCE(:until::timestamptz, 'infinity')
    AND (:number::text IS NULL OR hub_order_id LIKE :number OR hub_number LIKE :number
        OR marketplace_id LIKE :number OR store_number LIKE :number)
    AND (:documents::bytea[] IS NULL OR document_hash = ANY(:documents))
    AND (NOT :with_problem OR has_problem)
    AND (seen_at, hub_order_id) < -- turns
        (COALESCE(:place_at::timestamptz, 'infinity'), COALESCE(:place_id::text, ''))
ORDER BY seen_at DESC, hub_order_id DESC -- turns
LIMIT :count;

-- name: count_orders
-- How many there are of these, up to `most` and one.
SELECT count(*) FROM (
    SELECT FROM hub_order
    WHERE connection_id = :connection_id
        AND (:hub_status::text IS NULL OR hub_status = :hub_status)
        AND (:state::text IS NULL OR state = :state)
        AND (:channel::text IS NULL OR channel = :channel)
        AND seen_at >= COALESCE(:since::timestamptz, '-infinity')
        AND seen_at < COALESCE(:until::timestamptz, 'infinity')
        AND (:number::text IS NULL OR hub_order_id LIKE :number OR hub_number LIKE :number
            OR marketplace_id LIKE :number OR store_number LIKE :number)
        AND (:documents::bytea[] IS NULL OR document_hash = ANY(:documents))
        AND (NOT :with_problem OR has_problem)
    LIMIT :most + 1) AS few;

-- name: order_channels
-- The channels that orders came from, found by leaping over the index.
WITH RECURSIVE known AS (
    (SELECT channel FROM hub_order
    WHERE connection_id = :connection_id AND channel IS NOT NULL ORDER BY channel LIMIT 1)
    UNION ALL
    SELECT following.channel FROM known, LATERAL (
        SELECT channel FROM hub_order
        WHERE connection_id = :connection_id AND channel > known.channel
        ORDER BY channel LIMIT 1) AS following
)
SELECT channel FROM known LIMIT :most;

-- name: read_order
-- One order, as its timeline tells it.
SELECT hub_order_id, hub_number, marketplace_id, channel, hub_status, hub_modified, state, total,
    seen_at, first_read_at, wanted_at, due_at, attempts, store_number, imported_at, confirmed_at,
    hub_canceled_at, canceled_at, ignored, store_status, store_status_at
FROM hub_order WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: retry_orders_of_cause
-- A person asks to read again what one cause holds back: the oldest `most`. By an array: joined, a
-- planner without figures may look through the whole cause for each of them.
UPDATE hub_order SET wanted_at = clock_timestamp(), due_at = now(), attempts = 0
WHERE connection_id = :connection_id AND hub_order_id = ANY(ARRAY(
    SELECT subject FROM problem
    WHERE connection_id = :connection_id AND NOT is_ignored AND subject_kind = 'order'
        AND code = :code
        AND (:since::timestamptz IS NULL OR (since, subject) > (:since, :behind))
    ORDER BY since, subject
    LIMIT :most))
RETURNING hub_order_id;
