-- name: note_original
INSERT INTO reserved_original (account, channel, original_id) VALUES (?, ?, ?)
ON CONFLICT DO NOTHING

-- name: hold
INSERT INTO reservation (sale, product, holder, quantity) VALUES (?, ?, ?, ?)

-- name: held
SELECT product, holder, quantity FROM reservation WHERE sale = ? ORDER BY product

-- name: end
DELETE FROM reservation WHERE sale = ?
