-- name: set_problems!
-- Of the codes in scope, exactly these stand on these subjects now; `since` of a standing one is kept.
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
SET detail = excluded.detail, blocking = excluded.blocking
WHERE (old.detail, old.blocking) IS DISTINCT FROM (excluded.detail, excluded.blocking);

-- name: add_problem!
-- One more problem on a subject.
INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking)
VALUES (:connection_id, :kind, :subject, :code, :detail, :blocking)
ON CONFLICT (connection_id, subject_kind, subject, code) DO UPDATE SET detail = excluded.detail;

-- name: clear_problem!
-- The cause is gone.
DELETE FROM problem
WHERE connection_id = :connection_id AND subject_kind = :kind AND subject = ANY(:subjects)
    AND code = ANY(:codes);

-- name: problems_by_cause
-- The pendências of a connection, grouped.
SELECT subject_kind, code, blocking, count(*) AS subjects, min(since) AS oldest,
    min(subject) AS example, min(detail) AS example_detail
FROM problem WHERE connection_id = :connection_id
GROUP BY subject_kind, code, blocking
ORDER BY blocking DESC, count(*) DESC, code;

-- name: problems_of
-- The problems of some subjects.
SELECT subject, code, detail, blocking, since FROM problem
WHERE connection_id = :connection_id AND subject_kind = :kind AND subject = ANY(:subjects)
ORDER BY subject, code;
