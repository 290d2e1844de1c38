-- Everything the sandbox hub knows. Row numbers are the hub's order of creation; the 24-character
-- ids carry them, so looking up an id needs no index of its own.

CREATE TABLE IF NOT EXISTS setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS account (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    username TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL
);

-- What a person logs in to the panel with: the account's e-mail and this.
CREATE TABLE IF NOT EXISTS panel_access (
    account INTEGER PRIMARY KEY REFERENCES account,
    password TEXT NOT NULL
);

-- An app; one for the whole installation in the core, shared by all accounts.
CREATE TABLE IF NOT EXISTS app (
    client_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    name TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    notification_url TEXT,
    -- JSON list of the types it wants to hear of.
    notification_types TEXT NOT NULL
) WITHOUT ROWID;

-- Where an app is opened from the panel, with a `pluggtocode`.
CREATE TABLE IF NOT EXISTS app_address (
    client_id TEXT PRIMARY KEY REFERENCES app,
    url TEXT NOT NULL
) WITHOUT ROWID;

-- The apps of an account. One that was removed stays with `is_present` 0: the account's no to it is
-- remembered. `app` is a number of the catalogue in `apps.py`.
CREATE TABLE IF NOT EXISTS account_app (
    account INTEGER NOT NULL REFERENCES account,
    app INTEGER NOT NULL,
    is_present INTEGER NOT NULL,
    added_at REAL NOT NULL,
    PRIMARY KEY (account, app)
) WITHOUT ROWID;

-- What an app of an account costs, for how many months.
CREATE TABLE IF NOT EXISTS billing (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    app INTEGER NOT NULL,
    months INTEGER NOT NULL,
    price_cents INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS billing_by_app ON billing (account, app);

CREATE TABLE IF NOT EXISTS access_token (
    token TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    client_id TEXT NOT NULL REFERENCES app,
    expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS access_token_by_expiry ON access_token (expires_at);
CREATE INDEX IF NOT EXISTS access_token_by_account ON access_token (account);

-- Deleted when used: each is good for one exchange.
CREATE TABLE IF NOT EXISTS refresh_token (
    token TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    client_id TEXT NOT NULL REFERENCES app
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refresh_token_by_account ON refresh_token (account);

-- `pluggtocode`: deleted when used, worthless when old.
CREATE TABLE IF NOT EXISTS code (
    code TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    client_id TEXT NOT NULL REFERENCES app,
    expires_at REAL NOT NULL
) WITHOUT ROWID;

-- A product, simple or with variations; `body` is the JSON object as it is answered.
CREATE TABLE IF NOT EXISTS product (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    ean TEXT,
    external TEXT,
    supplier_id TEXT,
    body BLOB NOT NULL,
    -- The client id of the app that created it.
    created_by TEXT,
    -- The newest of its rows in `product_change`.
    last_change INTEGER
);
-- The order of a list, its count, and "what changed since".
CREATE INDEX IF NOT EXISTS product_by_created ON product (account, created);
CREATE INDEX IF NOT EXISTS product_by_modified ON product (account, modified);
CREATE INDEX IF NOT EXISTS product_by_ean ON product (account, ean) WHERE ean IS NOT NULL;
CREATE INDEX IF NOT EXISTS product_by_external ON product (account, external)
    WHERE external IS NOT NULL;

-- Every SKU of an account, of products and of variations: one namespace, each SKU once.
CREATE TABLE IF NOT EXISTS sku (
    account INTEGER NOT NULL,
    sku TEXT NOT NULL,
    product INTEGER NOT NULL,
    is_variation INTEGER NOT NULL,
    PRIMARY KEY (account, sku)
) WITHOUT ROWID;

-- `order_id` is the row's number plus an offset; `body` the JSON object as it is answered.
CREATE TABLE IF NOT EXISTS sale (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    status TEXT NOT NULL,
    external TEXT,
    -- The client id of the app that set it.
    external_app TEXT,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS sale_by_created ON sale (account, created);
CREATE INDEX IF NOT EXISTS sale_by_modified ON sale (account, modified);
CREATE INDEX IF NOT EXISTS sale_by_status ON sale (account, status);
CREATE INDEX IF NOT EXISTS sale_by_external ON sale (account, external)
    WHERE external IS NOT NULL;

-- What an order keeps back until it is sent or canceled; the row goes with it, so nothing is given
-- back twice. `holder` is the id of a product, a variation or a member of a stock table.
CREATE TABLE IF NOT EXISTS reservation (
    sale INTEGER NOT NULL,
    product INTEGER NOT NULL,
    holder TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (sale, product, holder)
) WITHOUT ROWID;

-- The marketplaces' own orders that have reserved: one that is posted again reserves nothing more.
CREATE TABLE IF NOT EXISTS reserved_original (
    account INTEGER NOT NULL,
    channel TEXT NOT NULL,
    original_id TEXT NOT NULL,
    PRIMARY KEY (account, channel, original_id)
) WITHOUT ROWID;

-- Invoices an app has told the address of, until they were read and judged; one for each shipment.
-- AUTOINCREMENT: a download under way must not be taken for a later one of the same number.
CREATE TABLE IF NOT EXISTS invoice_download (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    shipment TEXT NOT NULL,
    url TEXT NOT NULL,
    due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (order_id, shipment)
);
CREATE INDEX IF NOT EXISTS invoice_download_by_due ON invoice_download (due);

-- A buyer's question, before a sale about a product or after it about an order, with its answers.
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    order_id TEXT,
    sku TEXT,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS message_by_created ON message (account, created);
CREATE INDEX IF NOT EXISTS message_by_modified ON message (account, modified);
CREATE INDEX IF NOT EXISTS message_by_status ON message (account, status);
CREATE INDEX IF NOT EXISTS message_by_channel ON message (account, channel, status);
CREATE INDEX IF NOT EXISTS message_by_order ON message (account, order_id)
    WHERE order_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_by_sku ON message (account, sku) WHERE sku IS NOT NULL;

-- A stock location; its code is what stock tables call it by.
CREATE TABLE IF NOT EXISTS place (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    code TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (account, code)
);

-- A printed shipping label; the last one of a shipment is the one in force.
CREATE TABLE IF NOT EXISTS label (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    order_id TEXT NOT NULL,
    shipment_id TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS label_by_order ON label (account, order_id);

-- Where an app answers how much freight costs.
CREATE TABLE IF NOT EXISTS freight_address (
    client_id TEXT PRIMARY KEY REFERENCES app,
    url TEXT NOT NULL
) WITHOUT ROWID;

-- Notifications not yet taken with a 200. Gone once taken, or given up.
CREATE TABLE IF NOT EXISTS notification (
    number INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL,
    account INTEGER NOT NULL,
    type TEXT NOT NULL,
    resource TEXT NOT NULL,
    -- The JSON that is POSTed.
    body BLOB NOT NULL,
    due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS notification_by_due ON notification (type, due);
CREATE INDEX IF NOT EXISTS notification_by_resource ON notification (resource);
CREATE INDEX IF NOT EXISTS notification_by_account ON notification (account, due);

-- Every attempt to deliver one, with its answer: the newest of each account.
CREATE TABLE IF NOT EXISTS delivery (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    -- The row of `notification` it tried, which may be gone.
    notification INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    type TEXT NOT NULL,
    resource TEXT NOT NULL,
    body BLOB NOT NULL,
    url TEXT NOT NULL,
    at REAL NOT NULL,
    duration_ms REAL NOT NULL,
    tries INTEGER NOT NULL,
    -- taken, postponed or given_up; and the HTTP status, NULL when none came and `problem` says why.
    outcome TEXT NOT NULL,
    status INTEGER,
    problem TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS delivery_by_account ON delivery (account);

-- A stream of orders somebody asked the marketplace for.
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    -- The request, as JSON.
    wish TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    placed INTEGER NOT NULL DEFAULT 0,
    -- Why it stopped early; NULL while all is well.
    stopped TEXT
);
CREATE INDEX IF NOT EXISTS run_by_account ON run (account);
CREATE TABLE IF NOT EXISTS run_order (
    run INTEGER NOT NULL REFERENCES run,
    position INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    -- What it is to end as, how it gets there, and what is wrong with it.
    fate TEXT NOT NULL,
    path TEXT NOT NULL,
    defect TEXT NOT NULL,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;

-- What the marketplace will do to an order later: approve it, cancel it, …
CREATE TABLE IF NOT EXISTS step (
    number INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    account INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    due REAL NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS step_by_due ON step (due);
CREATE INDEX IF NOT EXISTS step_by_run ON step (run);

-- What lists and figures of orders are made from, so that no order's body is read for them.
-- `original_id` and `channel` are cut, `cents` is the order's total; `day` is São Paulo's.
CREATE TABLE IF NOT EXISTS sale_index (
    number INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    created TEXT NOT NULL,
    day TEXT NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    original_id TEXT,
    cents INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS sale_index_by_created ON sale_index (account, created);
CREATE INDEX IF NOT EXISTS sale_index_by_status ON sale_index (account, status, created);
CREATE INDEX IF NOT EXISTS sale_index_by_channel ON sale_index (account, channel, created);
CREATE INDEX IF NOT EXISTS sale_index_by_original_id ON sale_index (account, original_id)
    WHERE original_id IS NOT NULL;

-- The SKUs of an order's items, of products and of variations.
CREATE TABLE IF NOT EXISTS sale_sku (
    sale INTEGER NOT NULL,
    sku TEXT NOT NULL,
    account INTEGER NOT NULL,
    PRIMARY KEY (sale, sku)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sale_sku_by_sku ON sale_sku (account, sku);

-- Sums of `sale_index`, kept by its triggers: orders by channel, and by day and status.
CREATE TABLE IF NOT EXISTS sale_channel (
    account INTEGER NOT NULL,
    channel TEXT NOT NULL,
    orders INTEGER NOT NULL,
    PRIMARY KEY (account, channel)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sale_day (
    account INTEGER NOT NULL,
    day TEXT NOT NULL,
    status TEXT NOT NULL,
    orders INTEGER NOT NULL,
    cents INTEGER NOT NULL,
    PRIMARY KEY (account, day, status)
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS sale_index_added AFTER INSERT ON sale_index BEGIN
    INSERT INTO sale_channel VALUES (new.account, new.channel, 1)
    ON CONFLICT DO UPDATE SET orders = orders + 1;
    INSERT INTO sale_day VALUES (new.account, new.day, new.status, 1, new.cents)
    ON CONFLICT DO UPDATE SET orders = orders + 1, cents = cents + excluded.cents;
END;
CREATE TRIGGER IF NOT EXISTS sale_index_elsewhere AFTER UPDATE OF channel ON sale_index
WHEN new.channel <> old.channel BEGIN
    UPDATE sale_channel SET orders = orders - 1
    WHERE account = old.account AND channel = old.channel;
    INSERT INTO sale_channel VALUES (new.account, new.channel, 1)
    ON CONFLICT DO UPDATE SET orders = orders + 1;
END;
CREATE TRIGGER IF NOT EXISTS sale_index_changed AFTER UPDATE OF status, cents ON sale_index
WHEN new.status <> old.status OR new.cents <> old.cents BEGIN
    UPDATE sale_day SET orders = orders - 1, cents = cents - old.cents
    WHERE account = old.account AND day = old.day AND status = old.status;
    INSERT INTO sale_day VALUES (new.account, new.day, new.status, 1, new.cents)
    ON CONFLICT DO UPDATE SET orders = orders + 1, cents = cents + excluded.cents;
END;

-- What changed in products, one after the other; `previous` is the change before of the same product.
CREATE TABLE IF NOT EXISTS product_change (
    number INTEGER PRIMARY KEY,
    product INTEGER NOT NULL,
    previous INTEGER,
    moment TEXT NOT NULL,
    -- The app's client id; NULL: the hub itself.
    client_id TEXT,
    -- JSON: [[field, from, to], …]
    changes BLOB NOT NULL
);
