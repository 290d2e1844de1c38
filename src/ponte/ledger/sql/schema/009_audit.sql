-- An audit: the hub and the store read and compared, product by product. One row a run; the drift of
-- the last complete run is kept, of the runs before it the figures only.
CREATE TABLE audit (
    audit_id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id   integer NOT NULL REFERENCES connection ON DELETE CASCADE,
    asked_at        timestamptz NOT NULL DEFAULT now(),
    asked_by        text NOT NULL,
    started_at      timestamptz,
    paused_at       timestamptz,
    ended_at        timestamptz,
    -- Last sign of life of the job, and when something was last found out.
    seen_at         timestamptz,
    progress_at     timestamptz,
    -- The hub's list is read; then what was in motion, or not listed, is looked at singly, and what
    -- does not come to rest is judged as it is.
    phase           text NOT NULL DEFAULT 'listing' CHECK (phase IN ('listing', 'looking', 'deciding')),
    -- Where the hub's list goes on (`next`), then the last SKU looked at singly.
    cursor          text,
    pages           integer NOT NULL DEFAULT 0,
    restarts        smallint NOT NULL DEFAULT 0,
    failures        smallint NOT NULL DEFAULT 0,
    -- What the ledger knew at the start, and what was read, in products.
    products_total  integer,
    products_read   integer NOT NULL DEFAULT 0,
    skus_compared   integer NOT NULL DEFAULT 0,
    skus_equal      integer NOT NULL DEFAULT 0,
    skus_different  integer NOT NULL DEFAULT 0,
    skus_missing    integer NOT NULL DEFAULT 0,
    -- Still changing at the end, or not readable in the store: no verdict.
    skus_moving     integer NOT NULL DEFAULT 0,
    products_different integer NOT NULL DEFAULT 0,
    only_in_hub     integer NOT NULL DEFAULT 0,
    drift_found     integer NOT NULL DEFAULT 0,
    outcome         text CHECK (outcome IN ('complete', 'stopped', 'failed')),
    -- A word of ponte.jobs.audits for why it failed.
    failure         text,
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
-- One at a time; two who ask at once start one.
CREATE UNIQUE INDEX audit_under_way ON audit (connection_id) WHERE ended_at IS NULL;
CREATE INDEX audit_history ON audit (connection_id, audit_id);

-- What a run has read, while it runs: the hub's list may show a product twice, and what it did not
-- show is not missing before it was looked up. In the database, so that a million SKUs cost no
-- memory and another worker can go on.
CREATE TABLE audit_seen (
    audit_id        integer NOT NULL REFERENCES audit ON DELETE CASCADE,
    -- Of the product, in the hub's spelling.
    sku             text NOT NULL,
    -- To be looked at once more.
    is_open         boolean NOT NULL,
    PRIMARY KEY (audit_id, sku)
);
CREATE INDEX audit_seen_open ON audit_seen (audit_id, sku) WHERE is_open;

CREATE TABLE audit_drift (
    audit_id        integer NOT NULL REFERENCES audit ON DELETE CASCADE,
    product_sku     text NOT NULL,
    sku             text NOT NULL,
    -- ponte.domain.comparison.Field; a member's fields (photos) may stand here several times.
    field           text NOT NULL,
    place           smallint NOT NULL,
    -- NULL where the ledger does not know the product.
    family_key      text,
    title           text NOT NULL,
    store_value     text NOT NULL,
    hub_value       text NOT NULL,
    -- The hub refused it before: a pendência stands.
    refused         boolean NOT NULL,
    state           text NOT NULL CHECK (state IN ('open', 'asked', 'sent', 'repaired', 'gone', 'note')),
    asked_at        timestamptz,
    PRIMARY KEY (audit_id, product_sku, sku, field, place)
);
CREATE INDEX audit_drift_field ON audit_drift (audit_id, field, product_sku, sku, place);
CREATE INDEX audit_drift_repairs ON audit_drift (audit_id, product_sku)
    WHERE state IN ('asked', 'sent');
CREATE INDEX audit_drift_open ON audit_drift (audit_id, product_sku) WHERE state = 'open';

-- What the merchant wants of audits. No row: never, and repaired on request.
CREATE TABLE audit_plan (
    connection_id   integer PRIMARY KEY REFERENCES connection ON DELETE CASCADE,
    every           text NOT NULL DEFAULT 'never' CHECK (every IN ('never', 'daily', 'weekly')),
    -- In São Paulo; the weekday (0 Monday) counts for weekly ones.
    hour            smallint NOT NULL DEFAULT 3 CHECK (hour BETWEEN 0 AND 23),
    weekday         smallint NOT NULL DEFAULT 0 CHECK (weekday BETWEEN 0 AND 6),
    next_at         timestamptz,
    repairs_always  boolean NOT NULL DEFAULT false
);
CREATE INDEX audit_plan_due ON audit_plan (next_at) WHERE next_at IS NOT NULL;
