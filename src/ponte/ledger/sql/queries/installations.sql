-- name: add_installation!
-- The hub's code was good: a merchant is on the way.
INSERT INTO installation (installation_id, expires_at, code_hash, hub_url, hub_grant)
VALUES (:installation_id, now() + make_interval(secs => :lasts), :code_hash, :hub_url, :hub_grant);

-- name: read_installation
-- One that was used lately enough; using it makes it last.
UPDATE installation AS this
SET expires_at = now() + make_interval(secs => :lasts),
    -- Another browser of this account may have connected it meanwhile.
    connection_id = COALESCE(this.connection_id, (
        SELECT connection_id FROM connection
        WHERE hub_url = this.hub_url AND hub_account = this.hub_account))
WHERE installation_id = :installation_id AND expires_at > now()
RETURNING installation_id, code_hash, hub_url, hub_account, account_name, identified, hub_grant,
    store_url, store_client_id, pkce_verifier, state_hash, state_used_at, store_grant, store_id,
    store_name, connection_id;

-- name: identify_installation!
-- Whose it is, and where that account is already: the store it named last, the connection it has.
UPDATE installation AS this
SET identified = true, hub_account = :account, account_name = :account_name,
    store_url = COALESCE(this.store_url, (
        SELECT store_url FROM connection
        WHERE hub_url = this.hub_url AND hub_account = :account
    ), (
        SELECT other.store_url FROM installation AS other
        WHERE other.hub_url = this.hub_url AND other.hub_account = :account
            AND other.store_url IS NOT NULL AND other.expires_at > now()
        ORDER BY other.created_at DESC LIMIT 1
    )),
    connection_id = (
        SELECT connection_id FROM connection
        WHERE hub_url = this.hub_url AND hub_account = :account)
WHERE installation_id = :installation_id;

-- name: take_over_installation!
-- The same account opened the app again in the same browser: the way goes on under the new code.
UPDATE installation AS old
SET code_hash = fresh.code_hash, hub_grant = fresh.hub_grant, account_name = fresh.account_name,
    connection_id = COALESCE(old.connection_id, fresh.connection_id)
FROM installation AS fresh
WHERE old.installation_id = :old AND fresh.installation_id = :fresh;

-- name: forget_installation!
-- Given up.
DELETE FROM installation WHERE installation_id = :installation_id;

-- name: lock_hub_grant
-- The hub's tokens; nobody else may refresh them until this transaction ends.
SELECT hub_grant FROM installation WHERE installation_id = :installation_id FOR UPDATE;

-- name: save_hub_grant!
-- Renewed ones; or none, because the connection has them now.
UPDATE installation SET hub_grant = :hub_grant WHERE installation_id = :installation_id;

-- name: start_store_log_in!
-- The browser goes to the store: where to, and what it must bring back.
UPDATE installation
SET store_url = :store_url, store_client_id = :store_client_id, pkce_verifier = :pkce_verifier,
    state_hash = :state_hash, state_used_at = NULL, store_grant = NULL, store_id = NULL,
    store_name = NULL
WHERE installation_id = :installation_id;

-- name: use_state!
-- The browser is back with the state; only the first one may go on.
UPDATE installation SET state_used_at = now()
WHERE installation_id = :installation_id AND state_hash = :state_hash AND state_used_at IS NULL;

-- name: save_store_grant!
-- The store lets us in; the proof of the log-in is spent. Not where another log-in began meanwhile.
UPDATE installation
SET store_grant = :store_grant, store_id = :store_id, store_name = :store_name, pkce_verifier = NULL
WHERE installation_id = :installation_id AND state_hash = :state_hash;

-- name: end_log_in!
-- The log-in came to nothing, and its proof is spent. Not where another one began meanwhile.
UPDATE installation SET pkce_verifier = NULL
WHERE installation_id = :installation_id AND state_hash = :state_hash;

-- name: drop_store_grant!
-- It came to nothing: the log-in has to be made again.
UPDATE installation
SET store_grant = NULL, store_id = NULL, store_name = NULL, pkce_verifier = NULL
WHERE installation_id = :installation_id;

-- name: finish_installation!
-- Connected: what was secret is the connection's alone.
UPDATE installation
SET connection_id = :connection_id, hub_grant = NULL, store_grant = NULL, pkce_verifier = NULL
WHERE installation_id = :installation_id;

-- name: remove_unused_installations!
-- Those that nobody went on with, together with their tokens.
DELETE FROM installation WHERE expires_at <= now();

-- name: store_app_of
-- Our app at a store.
SELECT client_id FROM store_app WHERE store_url = :store_url AND redirect_uri = :redirect_uri;

-- name: save_store_app
-- The app just registered, in place of `stale`; where somebody else was faster, theirs.
INSERT INTO store_app AS app (store_url, redirect_uri, client_id)
VALUES (:store_url, :redirect_uri, :client_id)
ON CONFLICT (store_url, redirect_uri) DO UPDATE
SET client_id = CASE WHEN app.client_id = :stale THEN excluded.client_id ELSE app.client_id END,
    registered_at = CASE WHEN app.client_id = :stale THEN now() ELSE app.registered_at END
RETURNING client_id;

-- name: forget_store_app!
-- The store does not know it any more.
DELETE FROM store_app
WHERE store_url = :store_url AND redirect_uri = :redirect_uri AND client_id = :client_id;
