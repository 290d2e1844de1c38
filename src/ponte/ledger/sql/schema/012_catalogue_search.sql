-- The catalogue as people look at it: by state, by name, by SKU, by age, at a million SKUs.

-- Every family is in exactly one state (ponte.domain.standing), so that each list of the panel is a
-- range of one index, and each count ends after a thousand rows. Where something differs, the bits
-- tell what: 1 stock, 2 price, 4 content.
ALTER TABLE family ADD COLUMN state smallint NOT NULL GENERATED ALWAYS AS ((CASE
    WHEN sku_taken THEN 24
    WHEN fate = 'leave' THEN 25
    WHEN stock_blocked OR price_blocked OR content_blocked THEN 16
        + (desired_stock IS DISTINCT FROM acked_stock)::int
        + 2 * (desired_price IS DISTINCT FROM acked_price)::int
        + 4 * (desired_content IS DISTINCT FROM acked_content)::int
    WHEN retired THEN CASE WHEN superseded OR fate = 'delete'
        OR desired_stock IS DISTINCT FROM acked_stock
        OR desired_content IS DISTINCT FROM acked_content THEN 26 ELSE 25 END
    WHEN acked_content IS NULL THEN 8
    ELSE (desired_stock IS DISTINCT FROM acked_stock)::int
        + 2 * (desired_price IS DISTINCT FROM acked_price)::int
        + 4 * (desired_content IS DISTINCT FROM acked_content)::int
    END)::smallint) STORED;

-- The last calls made for the family, the newest first, one a line (ponte.domain.made_calls).
ALTER TABLE family ADD COLUMN calls text;

CREATE INDEX family_state ON family (connection_id, state, sku COLLATE "C", family_key COLLATE "C");
-- Since when it differs. Without what does not: an acknowledgement takes its row out, which costs
-- nothing at that moment.
CREATE INDEX family_since ON family
    (connection_id, LEAST(stock_since, price_since, content_since), family_key COLLATE "C")
    WHERE work > 0;
-- Acknowledged last, and how many of late: the speed of an export.
CREATE INDEX family_acked ON family (connection_id, acked_at) WHERE acked_at IS NOT NULL;

-- What a product is called. Apart from `family`, whose rows are written again with each
-- acknowledgement, and this index with them; here a row is written when its text changes. A word
-- carries its connection in front ("7~camiseta"): an index that tells merchants apart reads no
-- other's products, however common the word is among them.
CREATE TABLE family_search (
    connection_id   integer NOT NULL,
    family_key      text NOT NULL,
    title           text NOT NULL,
    words           tsvector NOT NULL,
    PRIMARY KEY (connection_id, family_key)
);
CREATE INDEX family_search_words ON family_search USING gin (words);
-- SKUs by their beginning, in whatever case.
CREATE INDEX sku_owner_search ON sku_owner (connection_id, lower(sku) text_pattern_ops);

CREATE OR REPLACE FUNCTION forget_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM family WHERE connection_id = OLD.connection_id;
    DELETE FROM sku_owner WHERE connection_id = OLD.connection_id;
    DELETE FROM family_search WHERE connection_id = OLD.connection_id;
    RETURN NULL;
END $$;

-- The names of what is in the ledger already come with the store's feed, read once more from its
-- beginning: a family that did not change is passed over, its name is written. Until then products
-- are found by SKU.
UPDATE connection SET product_cursor = 0;

-- Every problem that the latest dry run met, for people to download; not more than
-- ponte.ledger.dry_run.MOST_PROBLEMS.
CREATE TABLE dry_run_problem (
    connection_id   integer NOT NULL REFERENCES connection ON DELETE CASCADE,
    place           integer NOT NULL,
    family_key      text NOT NULL,
    sku             text NOT NULL,
    title           text NOT NULL,
    code            text NOT NULL,
    detail          text NOT NULL,
    blocking        boolean NOT NULL,
    PRIMARY KEY (connection_id, place)
);
