-- name: ask_for_repair!
-- A person wants what differs of a product, or of all, sent anew. What is only in the hub is no
-- business of ours (R1).
UPDATE audit_drift SET state = 'asked', asked_at = now()
WHERE audit_id = :audit_id AND state = 'open'
    AND (:product_sku::text IS NULL OR product_sku = :product_sku::text);

-- name: asked_repairs
-- The next products to be repaired, in the order of their SKUs.
SELECT DISTINCT product_sku FROM audit_drift
WHERE audit_id = :audit_id AND state = 'asked' AND product_sku > :after
ORDER BY product_sku LIMIT :count;

-- name: families_to_repair
-- The rows of these products, whole, to be judged and compared with again before they are written.
SELECT family_key, family.sku, family.store_sku, retired, desired_stock, acked_stock, desired_price,
    acked_price, desired_content, acked_content, content, members, stock_blocked, price_blocked,
    content_blocked, attempts, failures, superseded OR COALESCE(fate = 'delete', false)
        AS superseded, work, calls, sequence, acked_at
FROM sku_owner AS owner
JOIN family USING (connection_id, family_key)
WHERE owner.connection_id = :connection_id AND owner.sku = ANY(:skus) AND family.sku = owner.sku
    AND NOT superseded AND NOT sku_taken AND fate IS DISTINCT FROM 'leave';

-- name: adopt_shown
-- What the hub really shows, as what it has acknowledged: the push closes the difference. Only where
-- nothing is to be sent at present, nobody acknowledged anything since the row was read, and the
-- store wants what it wanted then: a push that was on its way knows better.
UPDATE family
SET acked_stock = page.stock,
    acked_price = page.price,
    acked_content = page.content_hash,
    members = page.members,
    content = CASE WHEN page.content_hash IS DISTINCT FROM desired_content THEN page.content END,
    stock_since = CASE WHEN desired_stock IS DISTINCT FROM page.stock THEN now() END,
    price_since = CASE WHEN desired_price IS DISTINCT FROM page.price THEN now() END,
    content_since = CASE WHEN desired_content IS DISTINCT FROM page.content_hash THEN now() END,
    stock_blocked = false, price_blocked = false, content_blocked = false,
    attempts = 0, failures = 0,
    acked_at = now(), due_at = now()
FROM unnest(:keys::text[], :stocks::text[], :prices::text[], :hashes::bytea[], :members::text[],
    :contents::bytea[], :acked_ats::timestamptz[], :wanted_stocks::text[], :wanted_prices::text[],
    :wanted_contents::bytea[])
    AS page (family_key, stock, price, content_hash, members, content, acked_at, wanted_stock,
        wanted_price, wanted_content)
WHERE family.connection_id = :connection_id AND family.family_key = page.family_key
    AND family.work = 0 AND family.acked_at IS NOT DISTINCT FROM page.acked_at
    AND family.desired_stock = page.wanted_stock AND family.desired_price = page.wanted_price
    AND family.desired_content = page.wanted_content
RETURNING family.family_key, family.part;

-- name: set_repair_state!
-- How far the repair of these products is.
UPDATE audit_drift SET state = :state
WHERE audit_id = :audit_id AND product_sku = ANY(:product_skus) AND state = 'asked';

-- name: settle_repairs!
-- What was handed to the push and is acknowledged now is repaired; what the hub refused is open
-- again.
UPDATE audit_drift AS drift
SET state = CASE WHEN settled.refused THEN 'open' ELSE 'repaired' END,
    refused = drift.refused OR settled.refused
FROM (SELECT waiting.product_sku, COALESCE(family.desired_stock IS DISTINCT FROM family.acked_stock
            OR family.desired_price IS DISTINCT FROM family.acked_price
            OR family.desired_content IS DISTINCT FROM family.acked_content, false) AS refused
    FROM (SELECT DISTINCT product_sku FROM audit_drift
        WHERE audit_id = :audit_id AND state = 'sent') AS waiting
    LEFT JOIN sku_owner AS owner ON owner.connection_id = :connection_id
        AND owner.sku = waiting.product_sku
    LEFT JOIN family ON family.connection_id = owner.connection_id
        AND family.family_key = owner.family_key AND family.sku = owner.sku
    WHERE COALESCE(family.work, 0) = 0) AS settled
WHERE drift.audit_id = :audit_id AND drift.state = 'sent'
    AND drift.product_sku = settled.product_sku;

-- name: give_up_repairs!
-- Asked for long ago, and the product never came to rest: a person, or the next audit, decides.
UPDATE audit_drift SET state = 'open'
WHERE audit_id = :audit_id AND state IN ('asked', 'sent')
    AND asked_at < now() - make_interval(secs => :seconds);

-- name: slow_repairs
-- Connections whose repairs are under way for so long that their job may have been lost. As long as
-- none is, that is a look into an empty index.
SELECT DISTINCT audit.connection_id FROM audit_drift JOIN audit USING (audit_id)
WHERE state IN ('asked', 'sent') AND audit_drift.asked_at < now() - make_interval(secs => :seconds)
LIMIT 100;

-- name: waiting_repairs
-- Whether any repair is under way.
SELECT EXISTS (SELECT FROM audit_drift
    WHERE audit_id = :audit_id AND state IN ('asked', 'sent'));
