-- name: add_user
-- A new user without a password; no row where the e-mail is somebody's already.
INSERT INTO panel_user (email, name, role, connection_id)
VALUES (:email, :user_name, :role, :connection_id)
ON CONFLICT (email) DO NOTHING
RETURNING user_id;

-- name: user_of
-- One user.
SELECT user_id, email, name, role, connection_id, password_hash, totp_secret, totp_since,
    created_at, disabled_at
FROM panel_user WHERE user_id = :user_id;

-- name: user_by_email
-- Whose e-mail it is.
SELECT user_id, email, name, role, connection_id, password_hash, totp_secret, totp_since,
    created_at, disabled_at
FROM panel_user WHERE email = :email;

-- name: list_users
-- Users by e-mail, page by page, with what a list says of each; or one of them.
SELECT user_id, email, member.name, role, member.connection_id, store_name,
    password_hash IS NOT NULL AS has_joined, totp_since IS NOT NULL AS has_second_factor,
    member.created_at, logged_in_at, disabled_at
FROM panel_user AS member LEFT JOIN connection USING (connection_id)
WHERE (:user_id::int IS NULL OR user_id = :user_id)
    AND (:after::text IS NULL OR email > :after)
    AND (:role::text IS NULL OR role = :role)
    AND (:wanted::text IS NULL OR strpos(email, :wanted) > 0
        OR strpos(lower(member.name), :wanted) > 0)
ORDER BY email
LIMIT :count;

-- name: change_user!
-- What a user is called, and what they may.
UPDATE panel_user SET name = :user_name, role = :role, connection_id = :connection_id
WHERE user_id = :user_id;

-- name: set_disabled!
-- Let a user in no more, or again.
UPDATE panel_user SET disabled_at = CASE WHEN :disabled THEN now() END WHERE user_id = :user_id;

-- name: set_totp_secret
-- A new secret, which guards nothing yet; no row where one guards already.
UPDATE panel_user SET totp_secret = :sealed, totp_step = 0
WHERE user_id = :user_id AND totp_since IS NULL
RETURNING user_id;

-- name: start_totp!
-- The first code was right: the log-in asks for one from now on.
UPDATE panel_user SET totp_since = now()
WHERE user_id = :user_id AND totp_secret IS NOT NULL AND totp_since IS NULL;

-- name: remove_totp!
-- The password alone lets a user in again.
UPDATE panel_user SET totp_secret = NULL, totp_since = NULL WHERE user_id = :user_id;

-- name: lock_operators
-- Nobody else adds or takes away operators until this transaction ends: the last one stays. A number
-- that no other advisory lock has (health.sql, database.py).
SELECT pg_advisory_xact_lock(7210223);

-- name: count_operators
-- Operators who can log in.
SELECT count(*) FROM panel_user
WHERE role = 'operator' AND disabled_at IS NULL AND password_hash IS NOT NULL;

-- name: set_password!
-- A password, by its hash.
UPDATE panel_user SET password_hash = :password_hash WHERE user_id = :user_id;

-- name: use_totp_step
-- A code is good once: only a later time step than the last is taken.
UPDATE panel_user SET totp_step = :step
WHERE user_id = :user_id AND totp_step < :step AND totp_secret IS NOT NULL
RETURNING user_id;

-- name: add_link!
-- A link that is good once, by its hash.
INSERT INTO panel_link (link_hash, purpose, user_id, expires_at)
VALUES (:link_hash, :purpose, :user_id, now() + make_interval(secs => :lasts));

-- name: read_link
-- What a link is for, while it is good.
SELECT purpose, user_id, expires_at FROM panel_link
WHERE link_hash = :link_hash AND expires_at > now();

-- name: use_link
-- Spend a link; no row where somebody else did.
DELETE FROM panel_link WHERE link_hash = :link_hash AND expires_at > now()
RETURNING purpose, user_id, expires_at;

-- name: forget_links!
-- Links of this purpose (and of this user) are good no more.
DELETE FROM panel_link
WHERE purpose = :purpose AND user_id IS NOT DISTINCT FROM :user_id;

-- name: forget_links_of!
-- All links of this user are good no more.
DELETE FROM panel_link WHERE user_id = :user_id;

-- name: add_session!
-- A browser is logged in, and whoever it is was here.
WITH noted AS (
    UPDATE panel_user SET logged_in_at = now() WHERE user_id = :user_id AND NOT :needs_totp
)
INSERT INTO panel_session (session_hash, user_id, connection_id, expires_at, needs_totp, agent,
    address)
VALUES (:session_hash, :user_id, :connection_id, now() + make_interval(secs => :lasts),
    :needs_totp, :agent, :address);

-- name: use_session
-- Whose browser it is, with the rights of now; its use is noted once a minute.
WITH noted AS (
    UPDATE panel_session SET seen_at = now()
    WHERE session_hash = :session_hash AND seen_at < now() - interval '1 minute'
)
SELECT session.user_id, session.connection_id, session.acts_for, session.needs_totp,
    member.email, member.name, member.role, member.connection_id AS user_connection_id,
    own.store_name, acted.store_name AS acts_for_store
FROM panel_session AS session
LEFT JOIN panel_user AS member USING (user_id)
LEFT JOIN connection AS own ON own.connection_id = session.connection_id
LEFT JOIN connection AS acted ON acted.connection_id = session.acts_for
WHERE session.session_hash = :session_hash AND session.expires_at > now()
    AND member.disabled_at IS NULL;

-- name: pass_totp!
-- The second factor was right.
UPDATE panel_session SET needs_totp = false WHERE session_hash = :session_hash;

-- name: act_for!
-- The operator of this session acts as the merchant of a connection, or as nobody's any more.
UPDATE panel_session SET acts_for = :connection_id WHERE session_hash = :session_hash;

-- name: end_session!
-- Logged out.
DELETE FROM panel_session WHERE session_hash = :session_hash;

-- name: end_sessions_of_user
-- Logged out everywhere, except, where one is named, in that session.
DELETE FROM panel_session
WHERE user_id = :user_id AND (:but::bytea IS NULL OR session_hash <> :but)
RETURNING session_hash;

-- name: sessions_of_user
-- Where a user is logged in, the latest used first.
SELECT session_hash, created_at, seen_at, expires_at, agent, address
FROM panel_session WHERE user_id = :user_id AND expires_at > now() AND NOT needs_totp
ORDER BY seen_at DESC;

-- name: sessions_of_hub_merchant
-- Where a connection's merchant is logged in, sent by the hub, the latest used first.
SELECT session_hash, created_at, seen_at, expires_at, agent, address
FROM panel_session WHERE connection_id = :connection_id AND expires_at > now()
ORDER BY seen_at DESC
LIMIT 200;

-- name: remove_expired_access!
-- Sessions, links and tokens that are good no more.
WITH links AS (DELETE FROM panel_link WHERE expires_at <= now()),
tokens AS (DELETE FROM api_token WHERE expires_at <= now())
DELETE FROM panel_session WHERE expires_at <= now();
