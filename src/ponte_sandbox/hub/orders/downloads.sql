-- name: put
-- A newer address takes an older one's place, and gets a number of its own.
INSERT OR REPLACE INTO invoice_download (account, order_id, shipment, url, due) VALUES (?, ?, ?, ?, ?)

-- name: due
-- Those under way keep their place in front, so they count among their account's few.
SELECT number, account, order_id, shipment, url, tries FROM (
    SELECT *, row_number() OVER (PARTITION BY account ORDER BY due, number) AS place
    FROM invoice_download WHERE due <= ?
) WHERE place <= ? ORDER BY due, number LIMIT ?

-- name: next_due
SELECT due FROM invoice_download WHERE due > ? ORDER BY due LIMIT 1

-- name: finish
DELETE FROM invoice_download WHERE number = ?

-- name: postpone
UPDATE invoice_download SET due = ?, tries = ? WHERE number = ?
