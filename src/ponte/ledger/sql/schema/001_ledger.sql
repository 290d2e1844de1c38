-- The ledger: for everything the other side should know, what it should have and what it has
-- acknowledged, in one row. Work is the difference. No buyer's data, no password (design.md).

CREATE TABLE connection (
    connection_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at      timestamptz NOT NULL DEFAULT now(),
    hub_url         text NOT NULL,
    -- NULL until known: the resource that tells it is an assumption.
    hub_account     bigint,
    hub_client_id   text NOT NULL,
    hub_client_secret bytea NOT NULL,
    store_platform  text NOT NULL,
    store_url       text NOT NULL,
    store_id        text NOT NULL,
    store_name      text NOT NULL,
    store_client_id text,
    -- Key of the store's signed hints.
    hint_secret     bytea NOT NULL,
    -- The merchant's rules, as ponte.domain.rules.MerchantRules.
    rules           jsonb NOT NULL DEFAULT '{}',
    hub_access_ended_at   timestamptz,
    store_access_ended_at timestamptz,
    -- Where the next page of the store's two feeds begins.
    product_cursor  bigint NOT NULL DEFAULT 0,
    event_cursor    bigint NOT NULL DEFAULT 0,
    -- Newest `modified` the hub's order list has shown, in the hub's own clock.
    orders_seen_until timestamptz,
    -- R3: three updates, three clocks.
    product_checked_at timestamptz,
    price_checked_at   timestamptz,
    stock_checked_at   timestamptz,
    orders_checked_at  timestamptz,
    reports_checked_at timestamptz,
    -- When each loop is to be woken at the latest; the scheduler reads these.
    next_pull_at    timestamptz NOT NULL DEFAULT now(),
    next_push_at    timestamptz NOT NULL DEFAULT now(),
    next_orders_at  timestamptz NOT NULL DEFAULT now(),
    next_reports_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (hub_url, hub_account),
    UNIQUE (store_url, store_id)
);

CREATE TABLE access_grant (
    connection_id   integer NOT NULL REFERENCES connection ON DELETE CASCADE,
    side            text NOT NULL CHECK (side IN ('hub', 'store')),
    -- Both encrypted with the installation's key, which lives outside the database.
    access_token    bytea NOT NULL,
    refresh_token   bytea,
    expires_at      timestamptz,
    PRIMARY KEY (connection_id, side)
);

-- One row a family. Facets are canonical JSON text (ponte.domain.families), so that equality is
-- equality of bytes. No foreign key here and in sku_owner: its check, row by row, was a fifth of what
-- the database does for an export. A page is written under a lock on its connection instead, and the
-- trigger below does what a cascade would.
CREATE TABLE family (
    connection_id   integer NOT NULL,
    -- The store's id of the product; "key#sku" for what remains after a SKU was renamed.
    family_key      text NOT NULL,
    sku             text NOT NULL,
    -- The same in the store's spelling, to read the family there.
    store_sku       text NOT NULL,
    sequence        bigint NOT NULL,
    retired         boolean NOT NULL DEFAULT false,
    desired_stock   text NOT NULL,
    acked_stock     text,
    desired_price   text NOT NULL,
    acked_price     text,
    desired_content bytea NOT NULL,
    acked_content   bytea,
    -- The content body, kept only while the hub has not acknowledged it.
    content         text,
    -- Ids of the members (photos, attributes, categories) in the hub.
    members         text,
    stock_since     timestamptz,
    price_since     timestamptz,
    content_since   timestamptz,
    acked_at        timestamptz,
    stock_blocked   boolean NOT NULL DEFAULT false,
    price_blocked   boolean NOT NULL DEFAULT false,
    content_blocked boolean NOT NULL DEFAULT false,
    -- Retired, and another family has one of its SKUs now: the hub must forget it.
    superseded      boolean NOT NULL DEFAULT false,
    -- Another family of the store owns its SKU: nothing is sent.
    sku_taken       boolean NOT NULL DEFAULT false,
    -- Passes in a row whose answer did not show what was sent.
    attempts        smallint NOT NULL DEFAULT 0,
    -- Passing failures in a row; each makes the next wait longer.
    failures        smallint NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL DEFAULT now(),
    -- 0 nothing to send; else the order of sending: stock, then price, then content.
    work            smallint NOT NULL GENERATED ALWAYS AS (CASE
        WHEN sku_taken THEN 0
        WHEN superseded THEN CASE WHEN content_blocked THEN 0 ELSE 1 END
        WHEN acked_content IS NULL AND content_blocked THEN 0
        WHEN acked_content IS NULL THEN 3
        WHEN desired_stock IS DISTINCT FROM acked_stock AND NOT stock_blocked THEN 1
        WHEN desired_price IS DISTINCT FROM acked_price AND NOT price_blocked THEN 2
        WHEN desired_content IS DISTINCT FROM acked_content AND NOT content_blocked THEN 3
        ELSE 0 END) STORED,
    PRIMARY KEY (connection_id, family_key)
);
CREATE INDEX family_work ON family (connection_id, work, due_at) WHERE work > 0;

-- The binder: which family owns a SKU, and how the store spells it. The primary key is what keeps
-- two families from fighting over one product in the hub.
CREATE TABLE sku_owner (
    connection_id   integer NOT NULL,
    sku             text NOT NULL,
    store_sku       text NOT NULL,
    family_key      text NOT NULL,
    PRIMARY KEY (connection_id, sku)
);
CREATE INDEX sku_owner_family ON sku_owner (connection_id, family_key);

CREATE FUNCTION forget_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM family WHERE connection_id = OLD.connection_id;
    DELETE FROM sku_owner WHERE connection_id = OLD.connection_id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_catalogue AFTER DELETE ON connection
    FOR EACH ROW EXECUTE FUNCTION forget_catalogue();

CREATE TABLE hub_order (
    connection_id   integer NOT NULL REFERENCES connection ON DELETE CASCADE,
    hub_order_id    text NOT NULL,
    seen_at         timestamptz NOT NULL DEFAULT now(),
    -- A hint says: read it. Cleared only if no newer hint came meanwhile.
    wanted_at       timestamptz,
    due_at          timestamptz NOT NULL DEFAULT now(),
    attempts        smallint NOT NULL DEFAULT 0,
    hub_status      text,
    hub_modified    timestamptz,
    hub_number      text,
    marketplace_id  text,
    channel         text,
    total           numeric(14, 2),
    store_number    text,
    imported_at     timestamptz,
    -- `external` and `ack` are shown by the hub.
    confirmed_at    timestamptz,
    canceled_at     timestamptz,
    ignored         text,
    PRIMARY KEY (connection_id, hub_order_id)
);
CREATE INDEX hub_order_wanted ON hub_order (connection_id, due_at) WHERE wanted_at IS NOT NULL;

CREATE TABLE order_report (
    connection_id   integer NOT NULL REFERENCES connection ON DELETE CASCADE,
    hub_order_id    text NOT NULL,
    store_number    text NOT NULL,
    -- Desired: the facts the store told.
    invoice         jsonb,
    dispatch        jsonb,
    delivered_at    timestamptz,
    -- Acknowledged: the facts that the hub has shown or accepted, in the store's words, so that a
    -- correction differs and the hub's own spelling does not.
    acked_invoice   jsonb,
    acked_dispatch  jsonb,
    acked_delivered boolean NOT NULL DEFAULT false,
    -- Whether somebody has to look; facts_version tells a change during the look.
    is_open         boolean NOT NULL DEFAULT true,
    facts_version   integer NOT NULL DEFAULT 1,
    since           timestamptz NOT NULL DEFAULT now(),
    due_at          timestamptz NOT NULL DEFAULT now(),
    attempts        smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (connection_id, hub_order_id)
);
CREATE INDEX order_report_open ON order_report (connection_id, due_at) WHERE is_open;

-- Pendências: what a person must fix. `blocking` false is a warning: it was sent all the same.
CREATE TABLE problem (
    connection_id   integer NOT NULL REFERENCES connection ON DELETE CASCADE,
    subject_kind    text NOT NULL CHECK (subject_kind IN ('family', 'order', 'report', 'connection')),
    subject         text NOT NULL,
    code            text NOT NULL,
    detail          text NOT NULL DEFAULT '',
    blocking        boolean NOT NULL,
    since           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, subject_kind, subject, code)
);
CREATE INDEX problem_cause ON problem (connection_id, code);
