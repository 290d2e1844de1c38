-- name: add_trail_entry!
-- Somebody did something.
INSERT INTO trail (user_id, actor, role, via, acts_as_merchant, connection_id, action, detail)
VALUES (:user_id, :actor, :role, :via, :acts_as_merchant, :connection_id, :action, :detail);

-- name: latest_trail_entries
-- The newest deeds, page by page.
SELECT entry_id, at, user_id, actor, role, via, acts_as_merchant, trail.connection_id, store_name,
    action, detail
FROM trail LEFT JOIN connection USING (connection_id)
WHERE entry_id < :before
ORDER BY entry_id DESC
LIMIT :count;

-- name: trail_of_connection
-- Those with one connection.
SELECT entry_id, at, user_id, actor, role, via, acts_as_merchant, trail.connection_id, store_name,
    action, detail
FROM trail LEFT JOIN connection USING (connection_id)
WHERE entry_id < :before
    AND trail.connection_id = :connection_id
ORDER BY entry_id DESC
LIMIT :count;

-- name: trail_of_user
-- Those of one user.
SELECT entry_id, at, user_id, actor, role, via, acts_as_merchant, trail.connection_id, store_name,
    action, detail
FROM trail LEFT JOIN connection USING (connection_id)
WHERE entry_id < :before
    AND user_id = :user_id
ORDER BY entry_id DESC
LIMIT :count;

-- name: trail_of_user_at_connection
-- Those of one user with one connection.
SELECT entry_id, at, user_id, actor, role, via, acts_as_merchant, trail.connection_id, store_name,
    action, detail
FROM trail LEFT JOIN connection USING (connection_id)
WHERE entry_id < :before
    AND user_id = :user_id AND trail.connection_id = :connection_id
ORDER BY entry_id DESC
LIMIT :count;

-- name: trail_by_others
-- What others than its merchant did with a connection.
SELECT entry_id, at, user_id, actor, role, via, acts_as_merchant, trail.connection_id, store_name,
    action, detail
FROM trail LEFT JOIN connection USING (connection_id)
WHERE entry_id < :before
    AND trail.connection_id = :connection_id AND (role <> 'merchant' OR acts_as_merchant)
ORDER BY entry_id DESC
LIMIT :count;
