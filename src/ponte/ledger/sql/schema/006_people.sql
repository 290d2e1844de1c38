-- Who works with the panel and the API. Passwords are hashes (argon2), second factors are sealed,
-- tokens and links are kept as hashes only.
CREATE TABLE panel_user (
    user_id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- In lower case.
    email           text NOT NULL UNIQUE,
    name            text NOT NULL,
    role            text NOT NULL CHECK (role IN ('operator', 'support', 'merchant')),
    -- A merchant's one connection.
    connection_id   integer REFERENCES connection ON DELETE CASCADE,
    -- NULL until the invitation was followed.
    password_hash   text,
    totp_secret     bytea,
    -- NULL until the first code was right: before that the secret guards nothing.
    totp_since      timestamptz,
    -- The time step of the last code, which is good once.
    totp_step       bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    logged_in_at    timestamptz,
    disabled_at     timestamptz,
    CHECK ((role = 'merchant') = (connection_id IS NOT NULL))
);
CREATE INDEX panel_user_connection ON panel_user (connection_id) WHERE connection_id IS NOT NULL;

-- A browser that is logged in: as a user, or, sent by the hub, as the merchant of a connection.
CREATE TABLE panel_session (
    session_hash    bytea PRIMARY KEY,
    user_id         integer REFERENCES panel_user ON DELETE CASCADE,
    connection_id   integer REFERENCES connection ON DELETE CASCADE,
    -- The connection as whose merchant an operator acts at present.
    acts_for        integer REFERENCES connection ON DELETE SET NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    seen_at         timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    -- The password was right, the second factor is to come: until then it opens nothing.
    needs_totp      boolean NOT NULL DEFAULT false,
    agent           text NOT NULL,
    address         text NOT NULL,
    CHECK ((user_id IS NULL) <> (connection_id IS NULL))
);
CREATE INDEX panel_session_user ON panel_session (user_id);
CREATE INDEX panel_session_connection ON panel_session (connection_id)
    WHERE connection_id IS NOT NULL;
CREATE INDEX panel_session_expiry ON panel_session (expires_at);

-- A link that is good once: to become the first operator, to accept an invitation, to choose a new
-- password.
CREATE TABLE panel_link (
    link_hash       bytea PRIMARY KEY,
    purpose         text NOT NULL CHECK (purpose IN ('first_operator', 'invitation', 'password')),
    user_id         integer REFERENCES panel_user ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    CHECK ((purpose = 'first_operator') = (user_id IS NULL))
);
CREATE INDEX panel_link_expiry ON panel_link (expires_at);
CREATE INDEX panel_link_user ON panel_link (user_id);

CREATE TABLE api_token (
    token_id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash      bytea NOT NULL UNIQUE,
    name            text NOT NULL,
    -- Rights as a user's; they end with the user who made it.
    role            text NOT NULL CHECK (role IN ('operator', 'support', 'merchant')),
    connection_id   integer REFERENCES connection ON DELETE CASCADE,
    user_id         integer REFERENCES panel_user ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz,
    CHECK ((role = 'merchant') = (connection_id IS NOT NULL)),
    -- Without a user it is a merchant's, whom the hub sent.
    CHECK (user_id IS NOT NULL OR role = 'merchant')
);
CREATE INDEX api_token_user ON api_token (user_id);
CREATE INDEX api_token_connection ON api_token (connection_id) WHERE connection_id IS NOT NULL;

-- The trail: who did what. It outlives users and connections, so it refers to neither.
CREATE TABLE trail (
    entry_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now(),
    user_id         integer,
    -- The name at that time.
    actor           text NOT NULL,
    role            text NOT NULL,
    via             text NOT NULL,
    acts_as_merchant boolean NOT NULL,
    connection_id   integer,
    action          text NOT NULL,
    detail          jsonb NOT NULL
);
CREATE INDEX trail_connection ON trail (connection_id, entry_id);
CREATE INDEX trail_user ON trail (user_id, entry_id);
-- What others than its merchant did with a connection.
CREATE INDEX trail_by_others ON trail (connection_id, entry_id)
    WHERE role <> 'merchant' OR acts_as_merchant;
