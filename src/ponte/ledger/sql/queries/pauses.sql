-- name: read_pauses
-- Since when each loop of a connection is paused.
SELECT catalogue_paused_at AS catalogue, orders_paused_at AS orders, reports_paused_at AS reports
FROM connection WHERE connection_id = :connection_id;

-- name: loop_works
-- Asked by a loop under way.
SELECT CASE :loop WHEN 'catalogue' THEN catalogue_paused_at WHEN 'orders' THEN orders_paused_at
    ELSE reports_paused_at END IS NULL AND switched_off_at IS NULL AS works
FROM connection WHERE connection_id = :connection_id;

-- name: pause_loop!
-- From now on nothing is done for this loop.
UPDATE connection
SET catalogue_paused_at = CASE WHEN :loop = 'catalogue' THEN now() ELSE catalogue_paused_at END,
    orders_paused_at = CASE WHEN :loop = 'orders' THEN now() ELSE orders_paused_at END,
    reports_paused_at = CASE WHEN :loop = 'reports' THEN now() ELSE reports_paused_at END
WHERE connection_id = :connection_id AND CASE :loop WHEN 'catalogue' THEN catalogue_paused_at
    WHEN 'orders' THEN orders_paused_at ELSE reports_paused_at END IS NULL;

-- name: resume_loop!
-- It works again, and is due at once.
UPDATE connection
SET catalogue_paused_at = CASE WHEN :loop = 'catalogue' THEN NULL ELSE catalogue_paused_at END,
    next_pull_at = CASE WHEN :loop = 'catalogue' THEN now() ELSE next_pull_at END,
    next_push_at = CASE WHEN :loop = 'catalogue' THEN now() ELSE next_push_at END,
    orders_paused_at = CASE WHEN :loop = 'orders' THEN NULL ELSE orders_paused_at END,
    next_orders_at = CASE WHEN :loop = 'orders' THEN now() ELSE next_orders_at END,
    reports_paused_at = CASE WHEN :loop = 'reports' THEN NULL ELSE reports_paused_at END,
    next_reports_at = CASE WHEN :loop = 'reports' THEN now() ELSE next_reports_at END
WHERE connection_id = :connection_id AND CASE :loop WHEN 'catalogue' THEN catalogue_paused_at
    WHEN 'orders' THEN orders_paused_at ELSE reports_paused_at END IS NOT NULL;
