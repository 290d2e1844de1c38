-- name: family_proof
-- Everything the ledger knows of one product, without its body.
SELECT family.family_key, sku, store_sku, sequence, retired, state, COALESCE(title, '') AS title,
    desired_stock, acked_stock, desired_price, acked_price,
    desired_content IS NOT DISTINCT FROM acked_content AS content_is_equal,
    acked_content IS NOT NULL AS is_known, stock_since, price_since, content_since, acked_at,
    stock_blocked, price_blocked, content_blocked, due_at, work > 0 AS is_to_send, calls
FROM family LEFT JOIN family_search USING (connection_id, family_key)
WHERE family.connection_id = :connection_id AND family.family_key = :family_key;

-- name: sku_holder
-- The family that has a SKU.
SELECT family_key FROM sku_owner WHERE connection_id = :connection_id AND sku = :sku;

-- name: send_now!
-- A person asks: what was refused may pass, what waits is due, and what is equal goes as a whole once
-- more, for somebody may have written over it in the hub. Of a product that the hub has nothing of,
-- or that left the store, nothing more than what is wanted anyway.
UPDATE family
SET stock_blocked = false, price_blocked = false, content_blocked = false, attempts = 0,
    failures = 0, due_at = now(),
    acked_content = CASE WHEN retired OR acked_content IS NULL THEN acked_content
        ELSE 'unknown'::bytea END,
    content_since = CASE WHEN retired THEN content_since ELSE COALESCE(content_since, now()) END
WHERE connection_id = :connection_id AND family_key = :family_key AND NOT sku_taken;

-- name: refused_keys
-- Refused products, some at a time.
SELECT family_key FROM family
WHERE connection_id = :connection_id AND state BETWEEN 16 AND 23
ORDER BY state, sku COLLATE "C", family_key COLLATE "C"
LIMIT :count;

-- name: retry_these!
-- The hub refused them, and a person asks to try again.
UPDATE family
SET stock_blocked = false, price_blocked = false, content_blocked = false, attempts = 0,
    failures = 0, due_at = now()
WHERE connection_id = :connection_id AND family_key = ANY(:keys);
