-- A connection is held until somebody presses *Exportar catálogo* (R9): no loop does anything for it.
ALTER TABLE connection ADD COLUMN released_at timestamptz;
UPDATE connection SET released_at = created_at;

-- A merchant on the way from the hub's image link to the export, bound to one browser's session.
-- Everything secret is sealed or a hash; what is finished or given up keeps none of it.
CREATE TABLE installation (
    installation_id text PRIMARY KEY,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    -- Of the hub's code, so that the same address opened again goes on instead of failing.
    code_hash       bytea NOT NULL,
    hub_url         text NOT NULL,
    -- NULL where the hub does not tell it.
    hub_account     bigint,
    account_name    text NOT NULL DEFAULT '',
    -- Whether the hub was asked whose the grant is.
    identified      boolean NOT NULL DEFAULT false,
    hub_grant       bytea,
    store_url       text,
    store_client_id text,
    pkce_verifier   bytea,
    -- Of the log-in at the store that is under way; good once.
    state_hash      bytea,
    state_used_at   timestamptz,
    -- Logged in at the store, and not connected yet: the person has to say so.
    store_grant     bytea,
    store_id        text,
    store_name      text,
    connection_id   integer REFERENCES connection ON DELETE SET NULL
);
CREATE INDEX installation_expiry ON installation (expires_at);
CREATE INDEX installation_account ON installation (hub_url, hub_account);

-- Our app at a store: registered once for each address that stores send browsers back to.
CREATE TABLE store_app (
    store_url       text NOT NULL,
    redirect_uri    text NOT NULL,
    client_id       text NOT NULL,
    registered_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_url, redirect_uri)
);

-- The latest dry run of a connection: a worker's job writes it, a page shows it.
CREATE TABLE dry_run (
    connection_id   integer PRIMARY KEY REFERENCES connection ON DELETE CASCADE,
    asked_at        timestamptz NOT NULL DEFAULT now(),
    -- Last sign of life of the job.
    seen_at         timestamptz,
    ended_at        timestamptz,
    families_read   integer NOT NULL DEFAULT 0,
    -- What the store says it has, where it says it.
    families_total  bigint,
    -- ponte.sync.dry_run.Preview.
    result          jsonb,
    -- Why there is none: a word of ponte.jobs.dry_runs.
    failure         text
);
