-- name: record_facts!
-- What the store told of its orders. A fact once told stays until the store tells another. How far
-- an order is goes forward only: a correction of its invoice comes after its dispatch.
WITH page AS (
    SELECT * FROM unnest(:ids::text[], :numbers::text[], :invoices::jsonb[], :dispatches::jsonb[],
        :delivered::timestamptz[], :statuses::text[], :status_times::timestamptz[])
        AS page (hub_order_id, number, invoice, dispatch, delivered_at, status, status_at)
), behind AS (
    SELECT hub_order.hub_order_id, page.status, page.status_at
    FROM page JOIN hub_order ON hub_order.connection_id = :connection_id
        AND hub_order.hub_order_id = page.hub_order_id
    WHERE array_position(:progress::text[], page.status)
        > COALESCE(array_position(:progress::text[], hub_order.store_status), 0)
    ORDER BY hub_order.hub_order_id
    FOR UPDATE OF hub_order
), stated AS (
    UPDATE hub_order SET store_status = behind.status, store_status_at = behind.status_at
    FROM behind
    WHERE hub_order.connection_id = :connection_id
        AND hub_order.hub_order_id = behind.hub_order_id
)
INSERT INTO order_report AS old (connection_id, hub_order_id, store_number, invoice, dispatch,
    delivered_at, invoice_told_at, dispatch_told_at, delivered_told_at)
SELECT :connection_id, hub_order_id, number, invoice, dispatch, delivered_at,
    CASE WHEN invoice IS NOT NULL THEN now() END, CASE WHEN dispatch IS NOT NULL THEN now() END,
    CASE WHEN delivered_at IS NOT NULL THEN now() END
FROM page
WHERE num_nonnulls(invoice, dispatch, delivered_at) > 0
ON CONFLICT (connection_id, hub_order_id) DO UPDATE
SET store_number = excluded.store_number,
    invoice = COALESCE(excluded.invoice, old.invoice),
    dispatch = COALESCE(excluded.dispatch, old.dispatch),
    delivered_at = COALESCE(excluded.delivered_at, old.delivered_at),
    invoice_told_at = CASE WHEN COALESCE(excluded.invoice, old.invoice)
        IS DISTINCT FROM old.invoice THEN now() ELSE old.invoice_told_at END,
    dispatch_told_at = CASE WHEN COALESCE(excluded.dispatch, old.dispatch)
        IS DISTINCT FROM old.dispatch THEN now() ELSE old.dispatch_told_at END,
    delivered_told_at = CASE WHEN COALESCE(excluded.delivered_at, old.delivered_at)
        IS DISTINCT FROM old.delivered_at THEN now() ELSE old.delivered_told_at END,
    since = CASE WHEN old.is_open THEN old.since ELSE now() END,
    is_open = true, facts_version = old.facts_version + 1, attempts = 0, due_at = now()
WHERE (COALESCE(excluded.invoice, old.invoice), COALESCE(excluded.dispatch, old.dispatch),
        COALESCE(excluded.delivered_at, old.delivered_at))
    IS DISTINCT FROM (old.invoice, old.dispatch, old.delivered_at);

-- name: advance_event_cursor!
-- The page of events is in the ledger.
UPDATE connection SET event_cursor = :cursor
WHERE connection_id = :connection_id AND event_cursor < :cursor;

-- name: open_reports
-- Orders on which the hub may have to be told something.
SELECT hub_order_id, store_number, invoice, dispatch, delivered_at, acked_invoice, acked_dispatch,
    acked_delivered, facts_version, attempts
FROM order_report
WHERE connection_id = :connection_id AND is_open AND due_at <= now()
    AND hub_order_id <> ALL(:in_flight)
ORDER BY due_at
LIMIT :count;

-- name: is_reported
-- Whether the store told of this order: then it has it.
SELECT EXISTS (SELECT FROM order_report
    WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id);

-- name: settle_report!
-- What the hub has shown or accepted, and since when; closed unless the store told something new
-- meanwhile.
UPDATE order_report
SET acked_invoice = :acked_invoice, acked_dispatch = :acked_dispatch,
    acked_delivered = :acked_delivered, attempts = 0,
    invoice_acked_at = CASE WHEN acked_invoice IS DISTINCT FROM :acked_invoice THEN now()
        ELSE invoice_acked_at END,
    dispatch_acked_at = CASE WHEN acked_dispatch IS DISTINCT FROM :acked_dispatch THEN now()
        ELSE dispatch_acked_at END,
    delivered_acked_at = CASE WHEN acked_delivered IS DISTINCT FROM :acked_delivered THEN now()
        ELSE delivered_acked_at END,
    is_open = facts_version <> :facts_version
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: postpone_report!
-- A passing failure: the report stays open.
UPDATE order_report
SET attempts = LEAST(attempts + 1, 1000), due_at = now() + make_interval(secs => :wait)
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: reopen_report
-- A person asks to send this report again now, whatever was ignored of it.
WITH heeded AS (
    UPDATE problem SET ignored_at = NULL, ignored_by = NULL, ignore_reason = NULL
    WHERE connection_id = :connection_id AND subject_kind = 'report' AND subject = :hub_order_id
        AND is_ignored
)
UPDATE order_report SET is_open = true, facts_version = facts_version + 1, attempts = 0,
    due_at = now()
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id
RETURNING hub_order_id;

-- name: reopen_reports_with_problem
-- A person asks to send again what is held back, by one cause or by any: the oldest `most`.
UPDATE order_report SET is_open = true, facts_version = facts_version + 1, attempts = 0,
    due_at = now()
WHERE connection_id = :connection_id AND hub_order_id IN (
    SELECT subject FROM problem
    WHERE connection_id = :connection_id AND NOT is_ignored AND subject_kind = 'report'
        AND (:code::text IS NULL OR code = :code)
        AND (:since::timestamptz IS NULL OR (since, subject) > (:since, :behind))
    ORDER BY since, subject
    LIMIT :most)
RETURNING hub_order_id;

-- name: next_report_due
-- When the next open report may be sent, or NULL.
SELECT min(due_at) FROM order_report WHERE connection_id = :connection_id AND is_open;

-- name: mark_reports_checked!
-- The event feed was read to its end.
UPDATE connection SET reports_checked_at = :at WHERE connection_id = :connection_id;

-- name: schedule_reports!
-- Wakes the report loop for the next open report, or the next poll.
UPDATE connection
SET next_reports_at = GREATEST(now() + make_interval(secs => :pause),
    LEAST(COALESCE(:due_at::timestamptz, 'infinity'),
        now() + make_interval(secs => :poll_seconds)))
WHERE connection_id = :connection_id;

-- name: read_report
-- What was told of one order, and what the hub has of it.
SELECT store_number, invoice, dispatch, delivered_at, acked_invoice, acked_dispatch,
    acked_delivered, invoice_told_at, invoice_acked_at, dispatch_told_at, dispatch_acked_at,
    delivered_told_at, delivered_acked_at, is_open, since, due_at, attempts
FROM order_report WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;
