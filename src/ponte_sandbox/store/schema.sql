-- The sandbox store's database, version 1. Idempotent: applied at every start.
-- What clients rely on is guarded here, not by a look before a write: an order enters once
-- (orders_once), a sequence is never given twice, a NF-e number is never used twice.

CREATE TABLE IF NOT EXISTS shops (
  shop INTEGER PRIMARY KEY,
  store_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  username TEXT NOT NULL UNIQUE COLLATE NOCASE,
  -- Readable, because `GET /_sandbox/accounts` shows it: a sandbox's credentials guard nothing.
  -- Empty once a person chose another one, which `merchants` holds.
  password TEXT NOT NULL,
  access_token TEXT NOT NULL UNIQUE,
  cnpj TEXT NOT NULL,
  -- 0: an order for more than is in stock is refused (insufficient_stock).
  allows_backorders INTEGER NOT NULL DEFAULT 1
);

-- How a shop's merchant is known besides by user name.
CREATE TABLE IF NOT EXISTS merchants (
  shop INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  -- argon2 of the password a person chose; NULL: the shop's readable one holds.
  password_hash TEXT,
  -- Rises with each new password: sessions begun under an older one are over.
  password_version INTEGER NOT NULL DEFAULT 1
);

-- Links to a new password, each good once.
CREATE TABLE IF NOT EXISTS resets (
  token_hash BLOB PRIMARY KEY,
  shop INTEGER NOT NULL,
  -- Unix seconds.
  expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resets_by_shop ON resets (shop);

-- What would have left by e-mail: a shop of tests keeps it here.
CREATE TABLE IF NOT EXISTS mails (
  id INTEGER PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  -- Where in this store the mail's link leads.
  path TEXT NOT NULL,
  sent_at TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS families (
  shop INTEGER NOT NULL,
  id INTEGER NOT NULL,
  -- Place in the change feed; moves to the end with every change.
  sequence INTEGER NOT NULL,
  sku TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  -- The contract's Product as JSON, encoded once when written; NULL when deleted.
  product BLOB,
  PRIMARY KEY (shop, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS families_by_sequence ON families (shop, sequence);
CREATE INDEX IF NOT EXISTS families_live ON families (shop, id) WHERE deleted = 0;

-- Which families claim a SKU. Not unique by SKU: merchants give one SKU twice.
CREATE TABLE IF NOT EXISTS skus (
  shop INTEGER NOT NULL,
  sku TEXT NOT NULL,
  family INTEGER NOT NULL,
  -- 0: the SKU of a parent, which is not sold itself.
  sold INTEGER NOT NULL,
  PRIMARY KEY (shop, sku, family)
) WITHOUT ROWID;

-- What the merchant's list filters by, narrow enough to be looked through; `products.py` keeps it.
CREATE TABLE IF NOT EXISTS shelf (
  shop INTEGER NOT NULL,
  id INTEGER NOT NULL,
  published INTEGER NOT NULL,
  sold_out INTEGER NOT NULL,
  promoted INTEGER NOT NULL,
  -- SKU and name without accents and case.
  words TEXT NOT NULL,
  PRIMARY KEY (shop, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shelf_sold_out ON shelf (shop, id) WHERE sold_out = 1;

CREATE TABLE IF NOT EXISTS orders (
  shop INTEGER NOT NULL,
  number INTEGER NOT NULL,
  -- NULL: a sale of the store's own (R2).
  hub_order_id TEXT,
  status TEXT NOT NULL,
  -- The order's content as JSON.
  content BLOB NOT NULL,
  -- What was taken from stock, as JSON [[family, sku, quantity], …]; given back by a cancellation.
  taken BLOB NOT NULL,
  created_at TEXT NOT NULL,
  canceled_at TEXT,
  cancel_reason TEXT,
  invoice BLOB,
  shipment BLOB,
  delivered_at TEXT,
  PRIMARY KEY (shop, number)
);
CREATE UNIQUE INDEX IF NOT EXISTS orders_once ON orders (shop, hub_order_id)
  WHERE hub_order_id IS NOT NULL;
-- The merchant's list, without a look at the contents.
CREATE INDEX IF NOT EXISTS orders_listed ON orders (shop, number, status, created_at, hub_order_id);
CREATE INDEX IF NOT EXISTS orders_by_status ON orders (shop, status, number);

CREATE TABLE IF NOT EXISTS order_events (
  shop INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  event BLOB NOT NULL,
  PRIMARY KEY (shop, sequence)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS invoices (
  -- The unguessable part of the XML's public link.
  token TEXT PRIMARY KEY,
  shop INTEGER NOT NULL,
  number INTEGER NOT NULL,
  order_number INTEGER NOT NULL,
  xml BLOB NOT NULL,
  UNIQUE (shop, number),
  UNIQUE (shop, order_number)
);

CREATE TABLE IF NOT EXISTS clients (
  client_id TEXT PRIMARY KEY,
  client_name TEXT NOT NULL,
  redirect_uris TEXT NOT NULL
);

-- A merchant's consent to an app; ends with all its tokens.
CREATE TABLE IF NOT EXISTS grants (
  grant_id INTEGER PRIMARY KEY,
  shop INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0,
  -- NULL in a file from before there was a panel.
  created_at TEXT,
  last_used_at TEXT
);
CREATE INDEX IF NOT EXISTS grants_by_shop ON grants (shop, client_id);

CREATE TABLE IF NOT EXISTS codes (
  code_hash BLOB PRIMARY KEY,
  grant_id INTEGER NOT NULL REFERENCES grants,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,
  -- Unix seconds.
  expires_at REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tokens (
  token_hash BLOB PRIMARY KEY,
  grant_id INTEGER NOT NULL REFERENCES grants,
  -- 'access' or 'refresh'
  kind TEXT NOT NULL,
  -- Unix seconds; NULL: until used or revoked.
  expires_at REAL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS webhooks (
  shop INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  PRIMARY KEY (shop, client_id)
) WITHOUT ROWID;
