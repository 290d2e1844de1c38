-- What an order's timeline needs beside what the loops need, all of it set by their own statements.
-- NULL in rows of before: it was not noted then.
ALTER TABLE hub_order
    ADD COLUMN first_read_at   timestamptz,
    -- When a look first showed the order canceled in the hub.
    ADD COLUMN hub_canceled_at timestamptz,
    -- Of the buyer's CPF or CNPJ, under a key outside the database (docs/design.md).
    ADD COLUMN document_hash   bytea,
    -- The furthest that the store's event feed has told.
    ADD COLUMN store_status    text
        CHECK (store_status IN ('created', 'invoiced', 'dispatched', 'delivered', 'canceled')),
    ADD COLUMN store_status_at timestamptz;

UPDATE hub_order
SET store_status = CASE WHEN report.delivered_at IS NOT NULL THEN 'delivered'
    WHEN report.dispatch IS NOT NULL THEN 'dispatched'
    WHEN report.invoice IS NOT NULL THEN 'invoiced' ELSE 'created' END
FROM order_report AS report
WHERE report.connection_id = hub_order.connection_id
    AND report.hub_order_id = hub_order.hub_order_id;

-- Where the order is on its way, in one word for lists and filters.
ALTER TABLE hub_order ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (CASE
    WHEN canceled_at IS NOT NULL OR store_status = 'canceled' THEN 'canceled'
    WHEN store_status IN ('invoiced', 'dispatched', 'delivered') THEN store_status
    WHEN confirmed_at IS NOT NULL THEN 'confirmed'
    WHEN store_number IS NOT NULL THEN 'imported'
    WHEN ignored IS NOT NULL THEN 'ignored'
    ELSE 'waiting' END) STORED;

-- Newest first, in the whole or of one state, hub status or channel; the last also tells quickly
-- which channels there are.
CREATE INDEX hub_order_seen ON hub_order (connection_id, seen_at, hub_order_id);
CREATE INDEX hub_order_state ON hub_order (connection_id, state, seen_at, hub_order_id);
CREATE INDEX hub_order_status ON hub_order (connection_id, hub_status, seen_at, hub_order_id);
CREATE INDEX hub_order_channel ON hub_order (connection_id, channel, seen_at, hub_order_id);
CREATE INDEX hub_order_document ON hub_order (connection_id, document_hash)
    WHERE document_hash IS NOT NULL;
-- An order is found by the beginning of any of its numbers.
CREATE INDEX hub_order_id_begins ON hub_order (connection_id, hub_order_id text_pattern_ops);
CREATE INDEX hub_order_number ON hub_order (connection_id, hub_number text_pattern_ops);
CREATE INDEX hub_order_marketplace ON hub_order (connection_id, marketplace_id text_pattern_ops);
CREATE INDEX hub_order_store_number ON hub_order (connection_id, store_number text_pattern_ops);

-- When the store told a fact, or its correction, and when the hub was first seen to have it.
ALTER TABLE order_report
    ADD COLUMN invoice_told_at     timestamptz,
    ADD COLUMN invoice_acked_at    timestamptz,
    ADD COLUMN dispatch_told_at    timestamptz,
    ADD COLUMN dispatch_acked_at   timestamptz,
    ADD COLUMN delivered_told_at   timestamptz,
    ADD COLUMN delivered_acked_at  timestamptz;
