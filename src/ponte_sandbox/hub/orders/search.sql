-- name: count
SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where} LIMIT ?)

-- name: page
SELECT s.number, s.id, i.created, i.status, i.channel, i.original_id, i.cents, s.external
FROM (
    SELECT number FROM {source} WHERE {where} ORDER BY created DESC, number DESC LIMIT ? OFFSET ?
) AS wanted
JOIN sale_index AS i ON i.number = wanted.number
JOIN sale AS s ON s.number = wanted.number
ORDER BY i.created DESC, i.number DESC

-- name: named
-- In place of all orders those of which one of the names is the text. CROSS: these are few, and
-- SQLite would rather go through all orders of the account.
(
    SELECT number AS hit FROM sale_index WHERE account = ? AND original_id = ?
    UNION SELECT number FROM sale WHERE account = ? AND external = ?
    UNION SELECT sale FROM sale_sku WHERE account = ? AND sku = ?
    UNION SELECT number FROM sale WHERE number = ? AND id = ?
    UNION SELECT ?
) CROSS JOIN sale_index ON number = hit
