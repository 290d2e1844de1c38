-- name: add
INSERT INTO sale_index (number, account, created, day, status, channel, original_id, cents)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: change
UPDATE sale_index SET status = ?, channel = ?, original_id = ?, cents = ? WHERE number = ?

-- name: skus
SELECT sku FROM sale_sku WHERE sale = ?

-- name: add_sku
INSERT INTO sale_sku (sale, sku, account) VALUES (?, ?, ?)

-- name: remove_sku
DELETE FROM sale_sku WHERE sale = ? AND sku = ?

-- name: missing
-- Orders after a number that are not indexed as they are: of a folder from before there was an index.
SELECT s.number, s.body FROM sale AS s
LEFT JOIN sale_index AS i ON i.number = s.number
WHERE s.number > ? AND s.number <= ? AND (i.number IS NULL OR i.status <> s.status)
ORDER BY s.number

-- name: statuses
SELECT status, sum(orders), sum(cents) FROM sale_day WHERE account = ? GROUP BY status
HAVING sum(orders) > 0

-- name: days
SELECT day, status, orders, cents FROM sale_day WHERE account = ? AND day >= ? AND orders > 0

-- name: channels
-- Only the first in Python: whoever sends orders may call each of them another channel.
SELECT channel, orders FROM sale_channel WHERE account = ? AND orders > 0
ORDER BY orders DESC, channel LIMIT ?
