-- name: drop_family!
-- A retired family that the hub never had.
WITH gone AS (
    DELETE FROM family
    WHERE connection_id = :connection_id AND family_key = :family_key AND retired
    RETURNING connection_id, family_key
)
DELETE FROM family_search USING gone
WHERE family_search.connection_id = gone.connection_id
    AND family_search.family_key = gone.family_key;

-- name: unblock_owners
-- SKUs that the hub has let go of: their new owners, refused before, may pass now. Of a product that
-- was deleted nothing is left, whoever wrote it.
UPDATE family
SET content_blocked = false, stock_blocked = false, price_blocked = false, attempts = 0,
    failures = 0, due_at = now(),
    acked_stock = CASE WHEN family.sku = :deleted::text THEN NULL ELSE acked_stock END,
    acked_price = CASE WHEN family.sku = :deleted::text THEN NULL ELSE acked_price END,
    acked_content = CASE WHEN family.sku = :deleted::text THEN NULL ELSE acked_content END,
    members = CASE WHEN family.sku = :deleted::text THEN NULL ELSE members END,
    stock_since = CASE WHEN family.sku = :deleted::text THEN now() ELSE stock_since END,
    price_since = CASE WHEN family.sku = :deleted::text THEN now() ELSE price_since END,
    content_since = CASE WHEN family.sku = :deleted::text THEN now() ELSE content_since END
FROM sku_owner AS owner
WHERE owner.connection_id = :connection_id AND owner.sku = ANY(:skus)
    AND family.connection_id = owner.connection_id AND family.family_key = owner.family_key
    AND (family.content_blocked OR family.sku = :deleted::text)
RETURNING family.family_key;

-- name: differing_families
-- Work, stock first, then price, then content; the oldest first. Content bodies come along. What is
-- in flight stands in front and is passed over by a look into a hash: compared with each of an array,
-- it cost a tenth of what the database does for an export.
SELECT family_key, sku, store_sku, retired, desired_stock, acked_stock, desired_price, acked_price,
    desired_content, acked_content, content, members, stock_blocked, price_blocked,
    content_blocked, attempts, failures, superseded OR COALESCE(fate = 'delete', false) AS superseded,
    work, calls
FROM family
WHERE connection_id = :connection_id AND part = :part AND work > 0 AND due_at <= now()
    AND family_key NOT IN (SELECT unnest(:in_flight::text[]))
ORDER BY work, due_at
LIMIT :count;

-- name: acknowledge_families!
-- Records what the hub showed. A facet that changed meanwhile still differs, and stays due.
UPDATE family
SET acked_stock = page.stock,
    acked_price = page.price,
    acked_content = page.content_hash,
    members = page.members,
    content = CASE WHEN page.content_hash IS DISTINCT FROM desired_content
        AND NOT page.forget_content THEN content END,
    stock_since = CASE WHEN desired_stock IS DISTINCT FROM page.stock THEN stock_since END,
    price_since = CASE WHEN desired_price IS DISTINCT FROM page.price THEN price_since END,
    content_since = CASE WHEN desired_content IS DISTINCT FROM page.content_hash
        THEN COALESCE(content_since, now()) END,
    stock_blocked = page.stock_blocked,
    price_blocked = page.price_blocked,
    content_blocked = page.content_blocked,
    attempts = page.attempts,
    failures = 0,
    acked_at = now(),
    calls = COALESCE(page.calls, family.calls),
    due_at = now() + make_interval(secs => page.wait)
FROM unnest(:keys::text[], :stocks::text[], :prices::text[], :hashes::bytea[], :members::text[],
    :forget::boolean[], :stock_blocked::boolean[], :price_blocked::boolean[],
    :content_blocked::boolean[], :attempts::smallint[], :waits::float8[], :calls::text[])
    AS page (family_key, stock, price, content_hash, members, forget_content, stock_blocked,
        price_blocked, content_blocked, attempts, wait, calls)
WHERE family.connection_id = :connection_id AND family.family_key = page.family_key;

-- name: postpone_families!
-- A passing failure: the same difference is tried again later.
UPDATE family
SET failures = LEAST(failures + 1, 1000), due_at = now() + make_interval(secs => page.wait),
    calls = COALESCE(page.calls, family.calls)
FROM unnest(:keys::text[], :waits::float8[], :calls::text[]) AS page (family_key, wait, calls)
WHERE family.connection_id = :connection_id AND family.family_key = page.family_key;

-- name: next_push_due
-- When the next difference is due, or NULL when nothing differs. What is due already in other parts
-- than this one is somebody else's, who is at it or has been woken.
SELECT min(each.due_at) AS due_at
FROM generate_series(0, :parts::int - 1) AS part, generate_series(1, 3) AS work, LATERAL (
    SELECT min(due_at) AS due_at FROM family
    WHERE connection_id = :connection_id AND family.part = part.part AND family.work = work.work
        AND family.work > 0
        AND due_at > CASE WHEN part.part = :part THEN '-infinity' ELSE now() END) AS each;

-- name: schedule_push!
-- Wakes the push loop when the next difference is due; never later than a poll from now.
UPDATE connection
SET next_push_at = GREATEST(now() + make_interval(secs => :pause),
    LEAST(COALESCE(:due_at::timestamptz, 'infinity'),
        now() + make_interval(secs => :poll_seconds)))
WHERE connection_id = :connection_id;

-- name: retry_families!
-- A person asks to try refused products again.
UPDATE family
SET stock_blocked = false, price_blocked = false, content_blocked = false, attempts = 0,
    failures = 0, due_at = now()
WHERE connection_id = :connection_id AND (stock_blocked OR price_blocked OR content_blocked)
    AND (:family_key::text IS NULL OR family_key = :family_key);
