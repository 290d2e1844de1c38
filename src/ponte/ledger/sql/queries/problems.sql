-- name: set_problems!
-- Of the codes in scope, exactly these stand on these subjects now; `since` of a standing one is kept.
-- One that somebody ignored comes back when it changes.
WITH named AS (
    SELECT * FROM unnest(:subjects::text[], :codes::text[], :details::text[], :blocking::boolean[])
        AS page (subject, code, detail, blocking)
), gone AS (
    DELETE FROM problem
    WHERE connection_id = :connection_id AND subject_kind = :kind AND subject = ANY(:looked_at)
        AND code = ANY(:scope)
        AND (subject, code) NOT IN (SELECT subject, code FROM named)
)
INSERT INTO problem AS old (connection_id, subject_kind, subject, code, detail, blocking)
SELECT DISTINCT ON (subject, code) :connection_id, :kind, subject, code, detail, blocking FROM named
ON CONFLICT (connection_id, subject_kind, subject, code) DO UPDATE
SET detail = excluded.detail, blocking = excluded.blocking,
    ignored_at = NULL, ignored_by = NULL, ignore_reason = NULL
WHERE (old.detail, old.blocking) IS DISTINCT FROM (excluded.detail, excluded.blocking);

-- name: add_problem!
-- One more problem on a subject; the same once more leaves it as it is.
INSERT INTO problem AS old (connection_id, subject_kind, subject, code, detail, blocking)
VALUES (:connection_id, :kind, :subject, :code, :detail, :blocking)
ON CONFLICT (connection_id, subject_kind, subject, code) DO UPDATE
SET detail = excluded.detail, ignored_at = NULL, ignored_by = NULL, ignore_reason = NULL
WHERE old.detail <> excluded.detail;

-- name: clear_problem!
-- The cause is gone.
DELETE FROM problem
WHERE connection_id = :connection_id AND subject_kind = :kind AND subject = ANY(:subjects)
    AND code = ANY(:codes);

-- name: problems_by_cause
-- The pendências of a connection, grouped; the causes are found by leaping over the index, and of
-- each no more are counted than `most` and one. The example is the oldest.
WITH RECURSIVE cause AS (
    (SELECT subject_kind, code, blocking FROM problem
    WHERE connection_id = :connection_id AND is_ignored = :ignored
    ORDER BY subject_kind, code, blocking LIMIT 1)
    UNION ALL
    SELECT following.* FROM cause, LATERAL (
        SELECT subject_kind, code, blocking FROM problem
        WHERE connection_id = :connection_id AND is_ignored = :ignored
            AND (subject_kind, code, blocking) > (cause.subject_kind, cause.code, cause.blocking)
        ORDER BY subject_kind, code, blocking LIMIT 1) AS following
)
SELECT cause.subject_kind, cause.code, cause.blocking, counted.subjects, oldest.since AS oldest,
    oldest.subject AS example, oldest.detail AS example_detail
FROM cause, LATERAL (
    SELECT count(*) AS subjects FROM (
        SELECT FROM problem
        WHERE connection_id = :connection_id AND is_ignored = :ignored
            AND subject_kind = cause.subject_kind AND code = cause.code
            AND blocking = cause.blocking
        LIMIT :most + 1) AS few) AS counted, LATERAL (
    SELECT since, subject, detail FROM problem
    WHERE connection_id = :connection_id AND is_ignored = :ignored
        AND subject_kind = cause.subject_kind AND code = cause.code AND blocking = cause.blocking
    ORDER BY since, subject LIMIT 1) AS oldest
ORDER BY cause.blocking DESC, counted.subjects DESC, cause.code;

-- name: problems_of
-- The problems of some subjects; those that are ignored with who did it, when and why.
SELECT subject, code, detail, blocking, since, ignored_at, ignored_by, ignore_reason FROM problem
WHERE connection_id = :connection_id AND subject_kind = :kind AND subject = ANY(:subjects)
ORDER BY subject, code;

-- name: subjects_of_cause
-- What one cause stands on, longest first, behind a place in that order; with the names that people
-- know: the product's SKU at the store and its name, the order's number in the hub and in the store.
SELECT problem.subject, problem.detail, problem.since, problem.ignored_at, problem.ignored_by,
    problem.ignore_reason, family.store_sku, family_search.title, hub_order.hub_number,
    hub_order.store_number, problem.reread_at IS NOT NULL AS is_being_read
FROM problem
LEFT JOIN family ON problem.subject_kind = 'family'
    AND family.connection_id = problem.connection_id AND family.family_key = problem.subject
LEFT JOIN family_search ON problem.subject_kind = 'family'
    AND family_search.connection_id = problem.connection_id
    AND family_search.family_key = problem.subject
LEFT JOIN hub_order ON problem.subject_kind IN ('order', 'report')
    AND hub_order.connection_id = problem.connection_id
    AND hub_order.hub_order_id = problem.subject
WHERE problem.connection_id = :connection_id AND problem.is_ignored = :ignored
    AND problem.subject_kind = :kind AND problem.code = :code AND problem.blocking = :blocking
    AND (problem.since, problem.subject) > -- turns
        (COALESCE(:since::timestamptz, '-infinity'), COALESCE(:subject::text, ''))
ORDER BY problem.since ASC, problem.subject ASC -- turns
LIMIT :count;

-- name: ignore_problems
-- Somebody leaves these as they are: one, or the oldest `most` of a cause. An order that one of them
-- holds back is not tried again until somebody says so.
WITH chosen AS (
    SELECT ctid AS place FROM problem
    WHERE connection_id = :connection_id AND NOT is_ignored AND subject_kind = :kind
        AND code = :code AND (:blocking::boolean IS NULL OR blocking = :blocking)
        AND (:subject::text IS NULL OR subject = :subject)
    ORDER BY since, subject
    LIMIT :most
    FOR UPDATE
), ignored AS (
    -- By their places: joined by subject, a planner without figures looks through the whole cause
    -- for each of them.
    UPDATE problem
    SET ignored_at = now(), ignored_by = :ignored_by, ignore_reason = :reason, reread_at = NULL
    WHERE ctid = ANY(ARRAY(SELECT place FROM chosen))
    RETURNING problem.subject, problem.blocking
), set_aside AS (
    -- Its row looks for itself already (017_lists.sql), so that it is written once.
    UPDATE hub_order SET wanted_at = NULL, has_problem = DEFAULT
    FROM ignored
    WHERE :kind = 'order' AND ignored.blocking AND hub_order.connection_id = :connection_id
        AND hub_order.hub_order_id = ignored.subject
)
SELECT subject FROM ignored;

-- name: heed_problems
-- They count again: one, or the oldest `most` of a cause. An order that was set aside is tried again.
WITH chosen AS (
    SELECT ctid AS place FROM problem
    WHERE connection_id = :connection_id AND is_ignored AND subject_kind = :kind
        AND code = :code AND (:blocking::boolean IS NULL OR blocking = :blocking)
        AND (:subject::text IS NULL OR subject = :subject)
    ORDER BY since, subject
    LIMIT :most
    FOR UPDATE
), heeded AS (
    UPDATE problem SET ignored_at = NULL, ignored_by = NULL, ignore_reason = NULL
    WHERE ctid = ANY(ARRAY(SELECT place FROM chosen))
    RETURNING problem.subject, problem.blocking
), wanted AS (
    UPDATE hub_order SET wanted_at = clock_timestamp(), due_at = now(), has_problem = DEFAULT
    FROM heeded
    WHERE :kind = 'order' AND heeded.blocking AND hub_order.connection_id = :connection_id
        AND hub_order.hub_order_id = heeded.subject
)
SELECT subject FROM heeded;

-- name: retry_sending
-- Products that the hub refused, or took in part, are sent again: one, or the oldest `most` of a
-- cause; ignored ones only where they are named. In the order of the keys, as pull and push write. By
-- arrays: joined, a planner without figures may look through the whole cause for each of them.
WITH chosen AS (
    SELECT subject FROM problem
    WHERE connection_id = :connection_id AND subject_kind = 'family' AND code = :code
        AND is_ignored = ANY(CASE WHEN :subject::text IS NULL THEN '{f}' ELSE '{f,t}' END::bool[])
        AND (:subject::text IS NULL OR subject = :subject)
        AND (:since::timestamptz IS NULL OR (since, subject) > (:since, :behind))
    ORDER BY since, subject
    LIMIT :most
), locked AS (
    SELECT family_key FROM family
    WHERE connection_id = :connection_id AND family_key = ANY(ARRAY(SELECT subject FROM chosen))
    ORDER BY family_key
    FOR UPDATE
), forgotten AS (
    DELETE FROM problem
    WHERE connection_id = :connection_id AND subject_kind = 'family'
        AND subject = ANY(ARRAY(SELECT family_key FROM locked)) AND code = ANY(:codes)
)
UPDATE family
SET stock_blocked = false, price_blocked = false, content_blocked = false, attempts = 0,
    failures = 0, due_at = now()
WHERE connection_id = :connection_id AND family_key = ANY(ARRAY(SELECT family_key FROM locked))
RETURNING family_key;

-- name: ask_to_reread
-- Products whose pendência comes of what the store says are read from there again, where the ledger
-- knows by which SKU: one, or the oldest `most` of a cause.
WITH chosen AS (
    SELECT problem.ctid AS place FROM problem
    JOIN family ON family.connection_id = problem.connection_id
        AND family.family_key = problem.subject AND NOT family.retired
    WHERE problem.connection_id = :connection_id AND problem.subject_kind = 'family'
        AND problem.code = :code AND problem.is_ignored = ANY(
            CASE WHEN :subject::text IS NULL THEN '{f}' ELSE '{f,t}' END::bool[])
        AND (:subject::text IS NULL OR problem.subject = :subject)
        AND (:since::timestamptz IS NULL
            OR (problem.since, problem.subject) > (:since, :behind))
    ORDER BY problem.since, problem.subject
    LIMIT :most
    FOR UPDATE OF problem
)
UPDATE problem SET reread_at = now()
WHERE ctid = ANY(ARRAY(SELECT place FROM chosen))
RETURNING problem.subject;

-- name: families_to_reread
-- Products that a person asked to read from the store again.
SELECT DISTINCT family.family_key, family.store_sku, family.sequence
FROM problem
JOIN family ON family.connection_id = problem.connection_id
    AND family.family_key = problem.subject
WHERE problem.connection_id = :connection_id AND problem.reread_at IS NOT NULL
LIMIT :count;

-- name: end_reread!
-- They were read, as far as the store has them.
UPDATE problem SET reread_at = NULL
WHERE connection_id = :connection_id AND subject = ANY(:subjects) AND reread_at IS NOT NULL;

-- name: places_of_cause
-- Where the first `most` behind a place end, and the one behind them, if there is one.
SELECT since, subject FROM problem
WHERE connection_id = :connection_id AND NOT is_ignored AND subject_kind = :kind AND code = :code
    AND (:since::timestamptz IS NULL OR (since, subject) > (:since, :behind))
ORDER BY since, subject
OFFSET :most - 1 LIMIT 2;

-- name: count_cause
-- How many stand of a cause, up to `most` and one.
SELECT count(*) FROM (
    SELECT FROM problem
    WHERE connection_id = :connection_id AND is_ignored = :ignored AND subject_kind = :kind
        AND code = :code AND (:blocking::boolean IS NULL OR blocking = :blocking)
    LIMIT :most + 1) AS few;
