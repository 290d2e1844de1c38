-- name: index_names!
-- What the families of a page are called, where it is not written so already: a stock that changes
-- costs a look.
INSERT INTO family_search AS old (connection_id, family_key, title, words)
SELECT :connection_id, family_key, title, words
FROM (
    SELECT family_key, title, CASE WHEN words = '' THEN ''::tsvector
        ELSE array_to_tsvector(string_to_array(words, ' ')) END AS words
    FROM unnest(:keys::text[], :titles::text[], :words::text[]) AS page (family_key, title, words)
) AS page
WHERE NOT EXISTS (
    SELECT FROM family_search AS same
    WHERE same.connection_id = :connection_id AND same.family_key = page.family_key
        AND same.title = page.title AND same.words = page.words)
ON CONFLICT (connection_id, family_key) DO UPDATE
SET title = excluded.title, words = excluded.words;

-- name: families_by_words
-- Families whose names have these words; not more than so many.
SELECT family_key FROM family_search WHERE words @@ :query::tsquery LIMIT :most;

-- name: families_by_sku
-- Families that have a SKU with this beginning, in the order of the SKUs; not more than so many.
SELECT family_key FROM sku_owner
WHERE connection_id = :connection_id AND lower(sku) ~>=~ lower(:sku::text)
    AND lower(sku) ~<~ (lower(:sku::text) || chr(1114111))
ORDER BY lower(sku) USING ~<~
LIMIT :most;

-- name: places_of_families
-- Of these families those in one of the states, in the order of their SKUs.
SELECT sku, family_key FROM family
WHERE connection_id = :connection_id AND family_key = ANY(:keys) AND state = ANY(:states)
    AND (NOT :warned OR EXISTS (
        SELECT FROM problem WHERE problem.connection_id = family.connection_id
            AND subject_kind = 'family' AND subject = family.family_key AND NOT blocking))
ORDER BY sku COLLATE "C", family_key COLLATE "C";

-- name: places_in_states
-- The families in some states that come next in the order of their SKUs, of the first so many those
-- that a search finds: by their words, or because their keys are known. Each state is a range of the
-- index; the ranges are merged here. (A key that was given a collation would not be found by the
-- primary key any more.)
SELECT sku, family_key
FROM (
    SELECT each.sku, each.family_key
    FROM unnest(:states::smallint[]) AS wanted (state), LATERAL (
        SELECT sku, family_key FROM family
        WHERE connection_id = :connection_id AND family.state = wanted.state
            AND (sku COLLATE "C", family_key COLLATE "C") > -- turns
                (:sku::text, :family_key::text)
        ORDER BY sku COLLATE "C" ASC, family_key COLLATE "C" ASC -- turns
        LIMIT :most) AS each
    ORDER BY sku COLLATE "C" ASC, family_key COLLATE "C" ASC -- turns
    LIMIT :most) AS near
WHERE :query::tsquery IS NULL OR near.family_key = ANY(:keys::text[]) OR (
    SELECT words FROM family_search AS named
    WHERE named.connection_id = :connection_id AND named.family_key = near.family_key) @@ :query::tsquery
LIMIT :count;

-- name: differing_longest
-- What differs for the longest time, and is to be sent; of the first so many those in some states.
SELECT since AS at, family_key
FROM (
    SELECT LEAST(stock_since, price_since, content_since) AS since, family_key, state FROM family
    WHERE connection_id = :connection_id AND work > 0
        AND (LEAST(stock_since, price_since, content_since), family_key COLLATE "C") > -- turns
            (:at::timestamptz, :family_key::text)
    ORDER BY LEAST(stock_since, price_since, content_since) ASC, family_key COLLATE "C" ASC -- turns
    LIMIT :most) AS near
WHERE state = ANY(:states)
LIMIT :count;

-- name: acknowledged_last
-- What the hub acknowledged last, the newest first.
SELECT acked_at AS at, family_key FROM family
WHERE connection_id = :connection_id AND acked_at IS NOT NULL
    AND acked_at <= :at::timestamptz -- turns
    AND (acked_at, family_key COLLATE "C") < (:at::timestamptz, :family_key::text) -- turns
ORDER BY acked_at DESC, family_key COLLATE "C" DESC -- turns
LIMIT :count;

-- name: warned_families
-- Families with a warning, in the order of their keys; of the first so many problems.
SELECT DISTINCT subject AS family_key
FROM (
    SELECT subject, blocking FROM problem
    WHERE connection_id = :connection_id AND subject_kind = 'family'
        AND subject > :family_key -- turns
    ORDER BY subject ASC -- turns
    LIMIT :most) AS near
WHERE NOT blocking AND (:query::tsquery IS NULL OR near.subject = ANY(:keys::text[]) OR (
    SELECT words FROM family_search AS named
    WHERE named.connection_id = :connection_id AND named.family_key = near.subject) @@ :query::tsquery)
ORDER BY family_key ASC -- turns
LIMIT :count;

-- name: listed_families
-- What a list shows of some families.
SELECT family.family_key, sku, state, COALESCE(title, '') AS title, desired_stock, acked_stock,
    desired_price, acked_price, LEAST(stock_since, price_since, content_since) AS differs_since,
    acked_at, count(problem.code)::int AS problems,
    count(problem.code) FILTER (WHERE blocking)::int AS blocking
FROM family
LEFT JOIN family_search USING (connection_id, family_key)
LEFT JOIN problem ON problem.connection_id = family.connection_id
    AND problem.subject_kind = 'family' AND problem.subject = family.family_key
WHERE family.connection_id = :connection_id AND family.family_key = ANY(:keys)
GROUP BY family.connection_id, family.family_key, title;

-- name: count_states
-- How many families are in each state, each counted up to `most`.
SELECT wanted.state, (
    SELECT count(*) FROM (
        SELECT FROM family
        WHERE family.connection_id = :connection_id AND family.state = wanted.state
        LIMIT :most) AS counted)::int AS families
FROM unnest(:states::smallint[]) AS wanted (state);
