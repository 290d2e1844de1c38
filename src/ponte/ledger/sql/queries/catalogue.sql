-- name: renamed_families
-- Families of a page whose SKU in the hub is another one now: the old one has to be retired. What
-- never had its SKU leaves nothing behind.
SELECT family.family_key, family.sku
FROM family
JOIN unnest(:keys::text[], :skus::text[]) AS page (family_key, sku) USING (family_key)
WHERE family.connection_id = :connection_id AND family.sku <> page.sku
    AND (NOT family.retired OR family.fate = 'leave') AND NOT family.sku_taken;

-- name: split_renamed!
-- Leaves the old SKU behind as a retired family of its own, and forgets what the hub has of the new.
WITH moved AS (
    SELECT * FROM family
    WHERE connection_id = :connection_id AND family_key = :family_key
), handed_on AS (
    -- The new name claims its SKUs back from the retired one.
    UPDATE sku_owner SET family_key = moved.family_key || '#' || moved.sku
    FROM moved
    WHERE sku_owner.connection_id = moved.connection_id
        AND sku_owner.family_key = moved.family_key
), kept AS (
    INSERT INTO family (connection_id, family_key, sku, store_sku, sequence, retired, desired_stock,
        acked_stock, desired_price, acked_price, desired_content, acked_content, members,
        stock_since, content_since)
    SELECT connection_id, family_key || '#' || sku, sku, store_sku, sequence, true, :zero_stock,
        acked_stock, COALESCE(acked_price, '{}'), COALESCE(acked_price, '{}'), :retired_content,
        acked_content, members, now(), now()
    FROM moved
    ON CONFLICT (connection_id, family_key) DO UPDATE
    SET retired = true, desired_stock = excluded.desired_stock,
        acked_stock = excluded.acked_stock, desired_content = excluded.desired_content,
        acked_content = excluded.acked_content, members = excluded.members, due_at = now()
)
UPDATE family
SET acked_stock = NULL, acked_price = NULL, acked_content = NULL, members = NULL
WHERE connection_id = :connection_id AND family_key = :family_key;

-- name: upsert_families
-- Writes the desired facets of a page, touching only rows that really change; answers those. What is
-- the same already is left out beforehand: the conflict alone would lock it, although it does nothing,
-- and a push that acknowledges the same families would have to wait, or meet it in a deadlock.
-- A facet that changed is unblocked: what was refused before may pass now. A facet that goes back to
-- what is acknowledged, while something else may be on its way, counts as unknown: the call in
-- between may have arrived without its answer. Whoever waits keeps the place in the line.
INSERT INTO family AS old (connection_id, family_key, sku, store_sku, sequence, sku_taken,
    desired_stock, desired_price, desired_content, content, stock_since, price_since, content_since)
SELECT :connection_id, family_key, sku, store_sku, sequence, taken, stock, price, hash, content,
    now(), now(), now()
FROM unnest(:keys::text[], :skus::text[], :store_skus::text[], :sequences::bigint[],
    :taken::boolean[], :stocks::text[], :prices::text[], :hashes::bytea[], :contents::bytea[])
    AS page (family_key, sku, store_sku, sequence, taken, stock, price, hash, content)
WHERE NOT EXISTS (
    SELECT FROM family AS same
    WHERE same.connection_id = :connection_id AND same.family_key = page.family_key
        AND NOT same.retired AND same.store_sku = page.store_sku AND same.sku_taken = page.taken
        AND same.desired_stock = page.stock AND same.desired_price = page.price
        AND same.desired_content = page.hash)
ON CONFLICT (connection_id, family_key) DO UPDATE
SET sku = excluded.sku,
    store_sku = excluded.store_sku,
    sku_taken = excluded.sku_taken,
    sequence = excluded.sequence,
    retired = false,
    superseded = false,
    fate = NULL,
    desired_stock = excluded.desired_stock,
    desired_price = excluded.desired_price,
    desired_content = excluded.desired_content,
    acked_stock = CASE WHEN old.desired_stock IS DISTINCT FROM old.acked_stock
        AND excluded.desired_stock = old.acked_stock THEN NULL ELSE old.acked_stock END,
    acked_price = CASE WHEN old.desired_price IS DISTINCT FROM old.acked_price
        AND excluded.desired_price = old.acked_price THEN NULL ELSE old.acked_price END,
    acked_content = CASE WHEN old.desired_content IS DISTINCT FROM old.acked_content
        AND excluded.desired_content = old.acked_content THEN 'unknown' ELSE old.acked_content END,
    content = CASE WHEN old.desired_content IS DISTINCT FROM old.acked_content
        OR excluded.desired_content IS DISTINCT FROM old.acked_content THEN excluded.content END,
    stock_since = CASE WHEN old.desired_stock IS DISTINCT FROM old.acked_stock
        OR excluded.desired_stock IS DISTINCT FROM old.acked_stock
        THEN COALESCE(old.stock_since, now()) END,
    price_since = CASE WHEN old.desired_price IS DISTINCT FROM old.acked_price
        OR excluded.desired_price IS DISTINCT FROM old.acked_price
        THEN COALESCE(old.price_since, now()) END,
    content_since = CASE WHEN old.desired_content IS DISTINCT FROM old.acked_content
        OR excluded.desired_content IS DISTINCT FROM old.acked_content
        THEN COALESCE(old.content_since, now()) END,
    stock_blocked = old.stock_blocked AND excluded.desired_stock = old.desired_stock,
    price_blocked = old.price_blocked AND excluded.desired_price = old.desired_price,
    content_blocked = old.content_blocked AND excluded.desired_content = old.desired_content,
    attempts = 0, failures = 0,
    due_at = LEAST(old.due_at, now())
WHERE old.sequence <= excluded.sequence AND (
    old.retired OR old.store_sku <> excluded.store_sku OR old.sku_taken <> excluded.sku_taken
    OR old.desired_stock <> excluded.desired_stock
    OR old.desired_price <> excluded.desired_price
    OR old.desired_content <> excluded.desired_content)
RETURNING family_key, part;

-- name: hold_connection
-- Keeps the connection from being deleted until this transaction ends; no row where it is gone.
SELECT connection_id FROM connection WHERE connection_id = :connection_id FOR KEY SHARE;

-- name: known_keys
-- Which of these keys the ledger has.
SELECT family_key FROM family WHERE connection_id = :connection_id AND family_key = ANY(:keys);

-- name: believes_empty
-- Whether the planner knows of fewer families than a page or two bring.
SELECT reltuples < 1000 FROM pg_class WHERE oid = 'family'::regclass;

-- name: look_at_sizes!
ANALYZE family, sku_owner, problem;

-- name: known_families
-- Which of these keys the ledger has, with the SKUs the hub may hold of them.
SELECT family_key, sku, desired_stock, acked_stock
FROM family
WHERE connection_id = :connection_id AND family_key = ANY(:keys);

-- name: drop_held_back!
-- Families that never had their SKU: what the hub has under it is another family's.
WITH gone AS (
    DELETE FROM family
    WHERE connection_id = :connection_id AND family_key = ANY(:keys) AND sku_taken
    RETURNING connection_id, family_key
)
DELETE FROM family_search USING gone
WHERE family_search.connection_id = gone.connection_id
    AND family_search.family_key = gone.family_key;

-- name: retire_families!
-- They are not sold any more: stock zero and `available` 0 in the hub, or what their fate says. One
-- whose fate changed is looked at again; one that is left alone wants nothing.
UPDATE family
SET retired = true,
    fate = page.fate,
    sequence = page.sequence,
    desired_stock = CASE WHEN page.fate = 'leave' THEN COALESCE(acked_stock, page.stock)
        ELSE page.stock END,
    desired_price = COALESCE(acked_price, '{}'),
    acked_price = COALESCE(acked_price, '{}'),
    desired_content = CASE WHEN page.fate = 'leave' THEN COALESCE(acked_content, :retired_content)
        ELSE :retired_content END,
    content = NULL,
    stock_since = CASE WHEN page.fate IS DISTINCT FROM 'leave' THEN COALESCE(stock_since, now()) END,
    price_since = NULL,
    content_since = CASE WHEN page.fate IS DISTINCT FROM 'leave'
        THEN COALESCE(content_since, now()) END,
    stock_blocked = false, price_blocked = false, content_blocked = false, sku_taken = false,
    attempts = 0, failures = 0,
    due_at = now()
FROM unnest(:keys::text[], :sequences::bigint[], :stocks::text[], :fates::text[])
    AS page (family_key, sequence, stock, fate)
WHERE family.connection_id = :connection_id AND family.family_key = page.family_key
    AND family.sequence <= page.sequence
    AND (NOT family.retired OR family.fate IS DISTINCT FROM page.fate);

-- name: release_skus
-- SKUs these families no longer have; answers them, for others may wait for one.
DELETE FROM sku_owner AS owner
WHERE owner.connection_id = :connection_id AND owner.family_key = ANY(:keys)
    AND (owner.family_key, owner.sku) NOT IN (
        SELECT family_key, sku
        FROM unnest(:owner_keys::text[], :owner_skus::text[]) AS page (family_key, sku))
RETURNING owner.sku;

-- name: claim_free_skus
-- The first family to name a SKU owns it; answers the SKUs newly owned.
INSERT INTO sku_owner (connection_id, sku, store_sku, family_key)
SELECT :connection_id, sku, store_sku, family_key
FROM unnest(:owner_keys::text[], :owner_skus::text[], :store_skus::text[])
    AS page (family_key, sku, store_sku)
ON CONFLICT (connection_id, sku) DO NOTHING
RETURNING sku;

-- name: take_over_skus
-- A SKU whose owner is retired, or gone, goes to the first family that names it; answers those.
UPDATE sku_owner
SET family_key = page.family_key, store_sku = page.store_sku
FROM (SELECT DISTINCT ON (sku) family_key, sku, store_sku
    FROM unnest(:owner_keys::text[], :owner_skus::text[], :store_skus::text[])
        WITH ORDINALITY AS page (family_key, sku, store_sku, place)
    ORDER BY sku, place) AS page
WHERE sku_owner.connection_id = :connection_id AND sku_owner.sku = page.sku
    AND sku_owner.family_key <> page.family_key AND sku_owner.family_key <> ALL(:keys)
    AND NOT EXISTS (
        SELECT FROM family
        WHERE family.connection_id = sku_owner.connection_id
            AND family.family_key = sku_owner.family_key AND NOT family.retired)
RETURNING sku_owner.sku;

-- name: retired_owners
-- Retired families that own one of these SKUs, and will lose it to a family of this page.
SELECT DISTINCT family.family_key, family.sku
FROM sku_owner AS owner
JOIN family ON family.connection_id = owner.connection_id
    AND family.family_key = owner.family_key AND family.retired
WHERE owner.connection_id = :connection_id AND owner.sku = ANY(:skus)
    AND family.family_key <> ALL(:keys);

-- name: drop_overwritten!
-- Retired families whose product in the hub the new owner writes over: a last call of theirs would
-- undo that.
WITH gone AS (
    DELETE FROM family
    WHERE connection_id = :connection_id AND retired AND NOT superseded
        AND family_key = ANY(:keys)
    RETURNING connection_id, family_key
)
DELETE FROM family_search USING gone
WHERE family_search.connection_id = gone.connection_id
    AND family_search.family_key = gone.family_key;

-- name: supersede!
-- Retired families whose product stands in the way of a SKU's new owner.
UPDATE family SET superseded = true, content_blocked = false, attempts = 0, failures = 0,
    due_at = now()
WHERE connection_id = :connection_id AND retired AND family_key = ANY(:keys);

-- name: contested_skus
-- SKUs of a page that another family owns.
SELECT page.family_key, page.sku
FROM unnest(:owner_keys::text[], :owner_skus::text[]) AS page (family_key, sku)
JOIN sku_owner AS owner ON owner.connection_id = :connection_id AND owner.sku = page.sku
WHERE owner.family_key <> page.family_key;

-- name: families_free_to_claim
-- Families that miss a SKU which nobody else holds any more: to be read from the store again.
SELECT family.family_key, family.store_sku, family.sequence
FROM problem
JOIN family ON family.connection_id = problem.connection_id
    AND family.family_key = problem.subject
WHERE problem.connection_id = :connection_id AND problem.is_ignored = ANY('{f,t}')
    AND problem.subject_kind = 'family' AND problem.code = 'duplicate_sku' AND NOT family.retired
    AND NOT EXISTS (
        SELECT FROM sku_owner AS owner
        JOIN family AS holder ON holder.connection_id = owner.connection_id
            AND holder.family_key = owner.family_key
        WHERE owner.connection_id = problem.connection_id AND owner.sku = problem.detail
            AND owner.family_key <> problem.subject AND NOT holder.retired)
LIMIT 100;

-- name: store_skus
-- The store's spelling of hub SKUs.
SELECT sku, store_sku FROM sku_owner WHERE connection_id = :connection_id AND sku = ANY(:skus);

-- name: settle_page
-- The page is in the ledger, and the next pull begins behind it; no row where it was judged by rules
-- that are others by now.
UPDATE connection SET product_cursor = GREATEST(product_cursor, :cursor)
WHERE connection_id = :connection_id AND rules_version = :rules_version
RETURNING catalogue_paused_at IS NULL AS works;

-- name: set_feed_tail!
-- Up to where the feed's newest changes were looked at, ahead of their turn.
UPDATE connection SET feed_tail = :tail WHERE connection_id = :connection_id;

-- name: mark_catalogue_checked!
-- The feed was read to its end: all three facets were looked at (R3).
UPDATE connection
SET product_checked_at = :at, price_checked_at = :at, stock_checked_at = :at,
    next_pull_at = now() + make_interval(secs => :poll_seconds),
    feed_tail = NULL
WHERE connection_id = :connection_id AND rules_version = :rules_version;

-- name: attach_contents
-- Bodies read again from the store, where the ledger still wants just this content.
UPDATE family SET content = page.content
FROM unnest(:keys::text[], :hashes::bytea[], :contents::bytea[]) AS page (family_key, hash, content)
WHERE family.connection_id = :connection_id AND family.family_key = page.family_key
    AND family.desired_content = page.hash
RETURNING family.family_key;
