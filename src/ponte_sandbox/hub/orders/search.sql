-- name: count
SELECT count(*) FROM (SELECT 1 FROM sale_index WHERE {where} LIMIT ?)

-- name: page
SELECT s.number, s.id, i.created, i.status, i.channel, i.original_id, i.cents, s.external
FROM (
    SELECT number FROM sale_index WHERE {where} ORDER BY created DESC, number DESC LIMIT ? OFFSET ?
) AS wanted
JOIN sale_index AS i ON i.number = wanted.number
JOIN sale AS s ON s.number = wanted.number
ORDER BY i.created DESC, i.number DESC

-- name: has_text
-- A condition of a list: one of the order's names is the text.
number IN (
    SELECT number FROM sale_index WHERE account = ? AND original_id = ?
    UNION SELECT number FROM sale WHERE account = ? AND external = ?
    UNION SELECT sale FROM sale_sku WHERE account = ? AND sku = ?
    UNION SELECT number FROM sale WHERE number = ? AND id = ?
    UNION SELECT ?
)
