-- name: ask_rules_preview
-- A fresh one, in place of the last.
INSERT INTO rules_preview (connection_id, asked_by, rules_version, rules, result)
VALUES (:connection_id, :asked_by, :rules_version, :rules, :result)
ON CONFLICT (connection_id) DO UPDATE
SET number = nextval('rules_preview_number'), asked_at = now(), asked_by = excluded.asked_by,
    rules_version = excluded.rules_version, rules = excluded.rules, seen_at = NULL, ended_at = NULL,
    families_read = 0, families_total = NULL, result = excluded.result, failure = NULL
RETURNING number;

-- name: note_rules_preview!
-- How far it is, and that it lives. The first glance stays until there is more.
UPDATE rules_preview
SET seen_at = now(), families_read = :families_read, families_total = :families_total,
    result = COALESCE(:result, result)
WHERE connection_id = :connection_id AND number = :number;

-- name: end_rules_preview!
-- What it came to.
UPDATE rules_preview
SET seen_at = now(), ended_at = now(), result = COALESCE(:result, result), failure = :failure
WHERE connection_id = :connection_id AND number = :number;

-- name: read_rules_preview
-- The latest one.
SELECT number, asked_at, asked_by, rules_version, rules,
    COALESCE(seen_at, asked_at) < now() - make_interval(secs => :silent_seconds)
        AND ended_at IS NULL AS is_silent,
    seen_at IS NOT NULL AS has_begun, ended_at, families_read, families_total, result, failure
FROM rules_preview WHERE connection_id = :connection_id;

-- name: forget_rules_preview!
-- Rules were saved, or nobody wants to know any more.
DELETE FROM rules_preview WHERE connection_id = :connection_id;

-- name: count_orders_with
-- Orders that wait for one reason; bounded (index problem_cause).
SELECT count(*) FROM (
    SELECT FROM problem
    WHERE connection_id = :connection_id AND NOT is_ignored AND code = :code
        AND subject_kind = 'order'
    LIMIT 10001) AS bounded;

-- name: count_reports
-- Reports of a connection; bounded.
SELECT count(*) FROM (
    SELECT FROM order_report WHERE connection_id = :connection_id LIMIT 10001) AS bounded;
