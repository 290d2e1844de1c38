-- name: add
INSERT INTO product_change (product, previous, moment, client_id, changes) VALUES (?, ?, ?, ?, ?)

-- name: trim
DELETE FROM product_change WHERE number <= ?

-- name: newest
-- From the last change back, each by its number; a change that was trimmed ends the way.
WITH RECURSIVE told AS (
    SELECT c.previous, c.moment, c.client_id, c.changes, 1 AS depth
    FROM product AS p JOIN product_change AS c ON c.number = p.last_change
    WHERE p.number = ?
    UNION ALL
    SELECT c.previous, c.moment, c.client_id, c.changes, told.depth + 1
    FROM told JOIN product_change AS c ON c.number = told.previous
    WHERE told.depth < ?
)
SELECT told.moment, told.client_id, a.name, told.changes
FROM told LEFT JOIN app AS a ON a.client_id = told.client_id
ORDER BY told.depth

-- name: creation
SELECT p.created, p.created_by, a.name
FROM product AS p LEFT JOIN app AS a ON a.client_id = p.created_by
WHERE p.number = ?
