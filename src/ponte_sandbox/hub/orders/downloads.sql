-- name: put
-- A newer address takes an older one's place, and gets a number of its own.
INSERT OR REPLACE INTO invoice_download (account, order_id, shipment, url, due) VALUES (?, ?, ?, ?, ?)

-- name: due
SELECT number, account, order_id, shipment, url, tries FROM invoice_download
WHERE due <= ? ORDER BY due LIMIT ?

-- name: next_due
SELECT due FROM invoice_download WHERE due > ? ORDER BY due LIMIT 1

-- name: finish
DELETE FROM invoice_download WHERE number = ?

-- name: postpone
UPDATE invoice_download SET due = ?, tries = ? WHERE number = ?
