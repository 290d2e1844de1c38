-- name: newest
SELECT id, body FROM product WHERE number IN (
    SELECT number FROM product WHERE account = ? ORDER BY created DESC, number DESC LIMIT ? OFFSET ?
)
ORDER BY created DESC, number DESC

-- name: oldest
SELECT id, body FROM product WHERE number IN (
    SELECT number FROM product WHERE account = ? ORDER BY created, number LIMIT ? OFFSET ?
)
ORDER BY created, number

-- name: after
SELECT number, created, id, body FROM product
WHERE account = ? AND (created, number) < (?, ?)
ORDER BY created DESC, number DESC LIMIT ?

-- name: by_code
-- Each of the three goes by an index; a short beginning fits many, so the account is asked for once
-- more and the whole is cut.
SELECT number, id, body FROM product
WHERE number IN (
    SELECT product FROM (
        SELECT product FROM sku WHERE account = ? AND sku >= ? AND sku < ? LIMIT 200
    )
    UNION
    SELECT number FROM (
        SELECT number FROM product WHERE account = ? AND ean >= ? AND ean < ? LIMIT 200
    )
    UNION
    SELECT number FROM (
        SELECT number FROM product WHERE account = ? AND external >= ? AND external < ? LIMIT 200
    )
)
AND account = ?
ORDER BY number DESC LIMIT ?
