-- name: add_trail_entry!
-- Somebody did something.
INSERT INTO trail (user_id, actor, role, via, acts_as_merchant, connection_id, action, detail)
VALUES (:user_id, :actor, :role, :via, :acts_as_merchant, :connection_id, :action, :detail);

-- name: latest_trail_entries
-- The newest deeds, page by page: all, those with one connection, those of one user, or what others
-- than its merchant did with a connection.
SELECT entry_id, at, user_id, actor, role, via, acts_as_merchant, trail.connection_id, store_name,
    action, detail
FROM trail LEFT JOIN connection USING (connection_id)
WHERE entry_id < :before
    AND (:connection_id::int IS NULL OR trail.connection_id = :connection_id)
    AND (:user_id::int IS NULL OR user_id = :user_id)
    AND (NOT :by_others OR role <> 'merchant' OR acts_as_merchant)
ORDER BY entry_id DESC
LIMIT :count;
