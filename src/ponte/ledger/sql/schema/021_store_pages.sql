-- Where the shop's people find things in its own panel, as the store told it (the store contract,
-- `admin`) and we let it pass: `{id}` stands for what is named. NULL: it offers none.
ALTER TABLE connection
    ADD COLUMN store_home_url    text,
    ADD COLUMN store_product_url text,
    ADD COLUMN store_order_url   text;
