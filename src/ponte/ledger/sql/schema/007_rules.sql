-- Two people may edit the rules at once, and a pull may run with the old ones: both notice by this.
ALTER TABLE connection ADD COLUMN rules_version integer NOT NULL DEFAULT 0;
-- The three loops as a merchant sees them; NULL: it works.
ALTER TABLE connection ADD COLUMN catalogue_paused_at timestamptz;
ALTER TABLE connection ADD COLUMN orders_paused_at timestamptz;
ALTER TABLE connection ADD COLUMN reports_paused_at timestamptz;

-- What becomes of a retired family by the merchant's rules, where it is not just taken off sale: the
-- hub is to forget it, or nothing is to be sent of it any more.
ALTER TABLE family ADD COLUMN fate text CHECK (fate IN ('delete', 'leave'));
DROP INDEX family_work;
-- The expression of a generated column is changed by making it anew (before PostgreSQL 17).
ALTER TABLE family DROP COLUMN work;
ALTER TABLE family ADD COLUMN work smallint NOT NULL GENERATED ALWAYS AS (CASE
    WHEN sku_taken THEN 0
    WHEN superseded OR fate = 'delete' THEN CASE WHEN content_blocked THEN 0 ELSE 1 END
    WHEN fate = 'leave' THEN 0
    WHEN acked_content IS NULL AND content_blocked THEN 0
    WHEN acked_content IS NULL THEN 3
    WHEN desired_stock IS DISTINCT FROM acked_stock AND NOT stock_blocked THEN 1
    WHEN desired_price IS DISTINCT FROM acked_price AND NOT price_blocked THEN 2
    WHEN desired_content IS DISTINCT FROM acked_content AND NOT content_blocked THEN 3
    ELSE 0 END) STORED;
CREATE INDEX family_work ON family (connection_id, part, work, due_at) WHERE work > 0;

-- Who changed the rules since somebody began to edit them.
CREATE INDEX trail_rules ON trail (connection_id, entry_id) WHERE action = 'rules.changed';

-- What other rules would change: the rules somebody thinks of, and what a worker found out. One a
-- connection; it goes when rules are saved.
CREATE SEQUENCE rules_preview_number;
CREATE TABLE rules_preview (
    connection_id   integer PRIMARY KEY REFERENCES connection ON DELETE CASCADE,
    -- Tells this one from the one before: a job that works on that has to notice.
    number          bigint NOT NULL DEFAULT nextval('rules_preview_number'),
    asked_at        timestamptz NOT NULL DEFAULT now(),
    asked_by        text NOT NULL,
    -- The rules it starts from, by their version.
    rules_version   integer NOT NULL,
    -- ponte.domain.rules.MerchantRules.
    rules           jsonb NOT NULL,
    -- Last sign of life of the job.
    seen_at         timestamptz,
    ended_at        timestamptz,
    families_read   integer NOT NULL DEFAULT 0,
    families_total  bigint,
    -- ponte.domain.rule_effects.Effect, so far.
    result          jsonb,
    -- Why there is no more: a word of ponte.jobs.dry_runs.
    failure         text
);
