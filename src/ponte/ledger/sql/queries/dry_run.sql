-- name: compare_families
-- What a page of families would change in the hub, by what it has acknowledged. Writes nothing.
SELECT page.family_key,
    family.acked_content IS NULL AS is_new,
    family.acked_stock IS DISTINCT FROM page.stock AS stock_differs,
    family.acked_price IS DISTINCT FROM page.price AS price_differs,
    family.acked_content IS DISTINCT FROM page.hash AS content_differs
FROM unnest(:keys::text[], :stocks::text[], :prices::text[], :hashes::bytea[])
    AS page (family_key, stock, price, hash)
LEFT JOIN family ON family.connection_id = :connection_id AND family.family_key = page.family_key;

-- name: skus_owned_by_others
-- SKUs of a page that another family of the store holds and will not lose.
SELECT page.family_key, page.sku
FROM unnest(:owner_keys::text[], :owner_skus::text[]) AS page (family_key, sku)
JOIN sku_owner AS owner ON owner.connection_id = :connection_id AND owner.sku = page.sku
    AND owner.family_key <> page.family_key
JOIN family AS holder ON holder.connection_id = owner.connection_id
    AND holder.family_key = owner.family_key
WHERE NOT holder.retired;

-- name: count_families_on_sale
-- How many of these families would be taken off sale.
SELECT count(*) FROM family
WHERE connection_id = :connection_id AND family_key = ANY(:keys) AND NOT retired;

-- name: ask_dry_run!
-- A fresh one, in place of the last.
INSERT INTO dry_run (connection_id) VALUES (:connection_id)
ON CONFLICT (connection_id) DO UPDATE
SET asked_at = now(), seen_at = NULL, ended_at = NULL, families_read = 0, families_total = NULL,
    result = NULL, failure = NULL;

-- name: note_dry_run!
-- How far it is, and that it lives.
UPDATE dry_run SET seen_at = now(), families_read = :families_read, families_total = :families_total
WHERE connection_id = :connection_id;

-- name: end_dry_run!
-- What it came to.
UPDATE dry_run SET seen_at = now(), ended_at = now(), result = :result, failure = :failure
WHERE connection_id = :connection_id;

-- name: read_dry_run
-- The latest one.
SELECT asked_at, COALESCE(seen_at, asked_at) < now() - make_interval(secs => :silent_seconds)
        AND ended_at IS NULL AS is_silent,
    seen_at IS NOT NULL AS has_begun, ended_at, families_read, families_total, result, failure
FROM dry_run WHERE connection_id = :connection_id;

-- name: forget_dry_run_problems!
-- A fresh dry run begins with none.
DELETE FROM dry_run_problem WHERE connection_id = :connection_id;

-- name: add_dry_run_problems!
-- What a page of the store's feed brought.
INSERT INTO dry_run_problem (connection_id, place, family_key, sku, title, code, detail, blocking)
SELECT :connection_id, :first::int + place::int - 1, family_key, sku, title, code, detail, blocking
FROM unnest(:keys::text[], :skus::text[], :titles::text[], :codes::text[], :details::text[],
    :blocking::boolean[]) WITH ORDINALITY
    AS page (family_key, sku, title, code, detail, blocking, place)
-- Only where the connection is there still: it may be deleted while its store is read.
WHERE EXISTS (SELECT FROM connection WHERE connection_id = :connection_id);

-- name: dry_run_problems
-- The list, a stretch at a time.
SELECT family_key, sku, title, code, detail, blocking, place FROM dry_run_problem
WHERE connection_id = :connection_id AND place > :place
ORDER BY place LIMIT :count;
