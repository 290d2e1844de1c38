-- name: record_facts!
-- What the store told of its orders. A fact once told stays until the store tells another.
INSERT INTO order_report AS old (connection_id, hub_order_id, store_number, invoice, dispatch,
    delivered_at)
SELECT :connection_id, hub_order_id, number, invoice, dispatch, delivered_at
FROM unnest(:ids::text[], :numbers::text[], :invoices::jsonb[], :dispatches::jsonb[],
    :delivered::timestamptz[]) AS page (hub_order_id, number, invoice, dispatch, delivered_at)
ON CONFLICT (connection_id, hub_order_id) DO UPDATE
SET store_number = excluded.store_number,
    invoice = COALESCE(excluded.invoice, old.invoice),
    dispatch = COALESCE(excluded.dispatch, old.dispatch),
    delivered_at = COALESCE(excluded.delivered_at, old.delivered_at),
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
-- What the hub has shown or accepted; closed unless the store told something new meanwhile.
UPDATE order_report
SET acked_invoice = :acked_invoice, acked_dispatch = :acked_dispatch,
    acked_delivered = :acked_delivered, attempts = 0,
    is_open = facts_version <> :facts_version
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: postpone_report!
-- A passing failure: the report stays open.
UPDATE order_report
SET attempts = LEAST(attempts + 1, 1000), due_at = now() + make_interval(secs => :wait)
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id;

-- name: reopen_report
-- A person asks to send this report again now.
UPDATE order_report SET is_open = true, facts_version = facts_version + 1, attempts = 0,
    due_at = now()
WHERE connection_id = :connection_id AND hub_order_id = :hub_order_id
RETURNING hub_order_id;

-- name: reopen_reports_with_problem
-- A person asks to send again whatever is held back.
UPDATE order_report SET is_open = true, facts_version = facts_version + 1, attempts = 0,
    due_at = now()
WHERE connection_id = :connection_id AND EXISTS (
    SELECT FROM problem WHERE problem.connection_id = order_report.connection_id
        AND problem.subject_kind = 'report' AND problem.subject = order_report.hub_order_id)
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
