-- A pendência that somebody decided to leave as it is. It comes back by itself when its detail
-- changes, or when its cause goes and returns: then it is another row.
ALTER TABLE problem
    ADD COLUMN ignored_at    timestamptz,
    -- What the pages call who did it, and why.
    ADD COLUMN ignored_by    text,
    ADD COLUMN ignore_reason text CHECK (length(ignore_reason) BETWEEN 1 AND 200),
    ADD COLUMN is_ignored    boolean NOT NULL GENERATED ALWAYS AS (ignored_at IS NOT NULL) STORED,
    -- A person asks to read the family from the store again; the pull does it.
    ADD COLUMN reread_at     timestamptz,
    ADD CONSTRAINT problem_ignored_for_a_reason
        CHECK ((ignored_at IS NULL) = (ignore_reason IS NULL)
            AND (ignored_at IS NULL) = (ignored_by IS NULL));

-- Half a million of one cause are counted up to a bound, and turned over page by page, by this.
DROP INDEX problem_cause;
CREATE INDEX problem_cause
    ON problem (connection_id, is_ignored, subject_kind, code, blocking, since, subject);
CREATE INDEX problem_reread ON problem (connection_id, subject) WHERE reread_at IS NOT NULL;
