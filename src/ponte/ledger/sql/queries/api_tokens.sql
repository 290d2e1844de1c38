-- name: add_api_token
-- A token, by its hash. One that a token makes does not outlive it.
INSERT INTO api_token (token_hash, name, role, connection_id, user_id, parent_id, expires_at)
VALUES (:token_hash, :token_name, :role, :connection_id, :user_id, :parent_id,
    -- Without a parent the other stands alone.
    least(now() + make_interval(secs => :lasts),
        (SELECT expires_at FROM api_token WHERE token_id = :parent_id)))
RETURNING token_id;

-- name: hold_api_token
-- A token that is to stay until the transaction ends; none where it let somebody in until now.
SELECT token_id FROM api_token WHERE token_id = :token_id AND expires_at > now() FOR KEY SHARE;

-- name: use_api_token
-- Whose token it is, as long as its user may what it may, and whether it may all that its user may;
-- its use is noted once a minute.
WITH noted AS (
    UPDATE api_token SET used_at = now()
    WHERE token_hash = :token_hash AND expires_at > now()
        AND (used_at IS NULL OR used_at < now() - interval '1 minute')
)
SELECT token.token_id, token.name, token.role, token.connection_id, store_name, token.user_id,
    member.name AS user_name, token.created_at, token.expires_at, token.used_at,
    token.user_id IS NULL OR member.role = token.role AS is_whole
FROM api_token AS token
LEFT JOIN panel_user AS member USING (user_id)
LEFT JOIN connection ON connection.connection_id = token.connection_id
WHERE token.token_hash = :token_hash AND token.expires_at > now()
    AND (token.user_id IS NULL
        OR (member.disabled_at IS NULL
            AND (member.role = 'operator'
                OR (member.role = token.role
                    AND member.connection_id IS NOT DISTINCT FROM token.connection_id))));

-- name: api_token_of
-- One token.
SELECT token_id, token.name, token.role, token.connection_id, store_name, token.user_id,
    member.name AS user_name, token.created_at, expires_at, used_at
FROM api_token AS token
LEFT JOIN panel_user AS member USING (user_id)
LEFT JOIN connection ON connection.connection_id = token.connection_id
WHERE token_id = :token_id;

-- name: api_tokens_of_user
-- A user's tokens that are still good, the newest first.
SELECT token_id, token.name, token.role, token.connection_id, store_name, token.user_id,
    member.name AS user_name, token.created_at, expires_at, used_at
FROM api_token AS token
LEFT JOIN panel_user AS member USING (user_id)
LEFT JOIN connection ON connection.connection_id = token.connection_id
WHERE token.user_id = :user_id AND expires_at > now()
ORDER BY token_id DESC;

-- name: api_tokens_of_merchant
-- Tokens that nobody with an account made, of one connection, the newest first.
SELECT token_id, token.name, token.role, token.connection_id, store_name, token.user_id,
    NULL::text AS user_name, token.created_at, expires_at, used_at
FROM api_token AS token JOIN connection ON connection.connection_id = token.connection_id
WHERE token.connection_id = :connection_id AND token.user_id IS NULL AND expires_at > now()
ORDER BY token_id DESC;

-- name: list_api_tokens
-- Everybody's tokens that are still good, the newest first, as many as a page shows.
SELECT token_id, token.name, token.role, token.connection_id, store_name, token.user_id,
    member.name AS user_name, token.created_at, expires_at, used_at
FROM api_token AS token
LEFT JOIN panel_user AS member USING (user_id)
LEFT JOIN connection ON connection.connection_id = token.connection_id
WHERE expires_at > now()
ORDER BY token_id DESC
LIMIT 500;

-- name: revoke_api_token!
-- A token lets nobody in any more.
DELETE FROM api_token WHERE token_id = :token_id;

-- name: revoke_api_tokens_of_user!
-- Nor does any of this user.
DELETE FROM api_token WHERE user_id = :user_id;
