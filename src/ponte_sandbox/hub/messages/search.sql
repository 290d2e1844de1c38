-- name: count
SELECT count(*) FROM (SELECT 1 FROM message WHERE {where} LIMIT ?)

-- name: page
-- The indexes by status and by channel hold this order; "unanswered" comes after "answered".
SELECT body FROM message WHERE {where} ORDER BY status DESC, number DESC LIMIT ? OFFSET ?

-- name: channels
-- From one channel to the next by the index: DISTINCT would go through every message.
WITH RECURSIVE known (name) AS (
    SELECT min(channel) FROM message WHERE account = :account
    UNION ALL
    SELECT (SELECT min(channel) FROM message WHERE account = :account AND channel > known.name)
    FROM known WHERE known.name IS NOT NULL
    LIMIT :most
)
SELECT name FROM known WHERE name IS NOT NULL
