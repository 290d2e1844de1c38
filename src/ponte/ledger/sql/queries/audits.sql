-- name: begin_audit
-- A new run, unless one is under way; NULL then.
INSERT INTO audit (connection_id, asked_by) VALUES (:connection_id, :asked_by)
ON CONFLICT (connection_id) WHERE ended_at IS NULL DO NOTHING
RETURNING audit_id;

-- name: audit_under_way
-- The run that has not ended.
SELECT audit_id, connection_id, asked_at, asked_by, started_at, paused_at, ended_at, seen_at,
    progress_at, phase, cursor, pages, restarts, failures, products_total, products_read,
    skus_compared, skus_equal, skus_different, skus_missing, skus_moving, products_different,
    only_in_hub, drift_found, outcome, failure
FROM audit WHERE connection_id = :connection_id AND ended_at IS NULL;

-- name: last_complete_audit
-- The last run that came to its end: the one whose drift is kept.
SELECT audit_id, connection_id, asked_at, asked_by, started_at, paused_at, ended_at, seen_at,
    progress_at, phase, cursor, pages, restarts, failures, products_total, products_read,
    skus_compared, skus_equal, skus_different, skus_missing, skus_moving, products_different,
    only_in_hub, drift_found, outcome, failure
FROM audit WHERE connection_id = :connection_id AND outcome = 'complete'
ORDER BY audit_id DESC LIMIT 1;

-- name: audit_history
-- The latest runs that have ended, the newest first.
SELECT audit_id, connection_id, asked_at, asked_by, started_at, paused_at, ended_at, seen_at,
    progress_at, phase, cursor, pages, restarts, failures, products_total, products_read,
    skus_compared, skus_equal, skus_different, skus_missing, skus_moving, products_different,
    only_in_hub, drift_found, outcome, failure
FROM audit WHERE connection_id = :connection_id AND ended_at IS NOT NULL
ORDER BY audit_id DESC LIMIT :count;

-- name: start_audit!
-- A worker takes it up for the first time; how much there is, as the ledger knows it.
UPDATE audit
SET started_at = now(), seen_at = now(), progress_at = now(),
    products_total = (SELECT count(*) FROM family
        WHERE family.connection_id = audit.connection_id AND NOT retired AND NOT sku_taken)
WHERE audit_id = :audit_id AND started_at IS NULL;

-- name: audit_clock
-- The database's time: `acked_at` is written in it, so what is compared with it is asked for here.
SELECT clock_timestamp();

-- name: seen_in_audit
-- Which of these products the run has read already.
SELECT sku FROM audit_seen WHERE audit_id = :audit_id AND sku = ANY(:skus);

-- name: audited_families
-- Products of the ledger by their own SKU in the hub. One that another family's variation is called
-- like is none of ours. What waits to be forgotten by the hub (superseded) is left to the push.
SELECT family.family_key, family.sku, family.store_sku, family.sequence, family.retired,
    family.desired_stock, family.desired_price, family.desired_content, family.work,
    family.acked_at, family.stock_blocked OR family.price_blocked OR family.content_blocked
        AS refused, COALESCE(family.fate = 'leave', false) AS is_left
FROM sku_owner AS owner
JOIN family ON family.connection_id = owner.connection_id
    AND family.family_key = owner.family_key AND family.sku = owner.sku
WHERE owner.connection_id = :connection_id AND owner.sku = ANY(:skus) AND NOT family.superseded
    AND NOT family.sku_taken;

-- name: save_audit_step
-- What a page, or a look at some products, came to; unless the run was stopped meanwhile, or another
-- worker took the same step.
UPDATE audit
SET phase = :phase, cursor = :cursor, seen_at = now(),
    progress_at = CASE WHEN :progress THEN now() ELSE progress_at END,
    failures = 0,
    pages = pages + :pages,
    restarts = restarts + :restarts,
    products_read = products_read + :products,
    skus_compared = skus_compared + :compared,
    skus_equal = skus_equal + :equal,
    skus_different = skus_different + :different,
    skus_missing = skus_missing + :missing,
    products_different = products_different + :products_different,
    only_in_hub = only_in_hub + :only_in_hub,
    drift_found = drift_found + :drift
WHERE audit_id = :audit_id AND ended_at IS NULL AND phase = :phase_before
    AND cursor IS NOT DISTINCT FROM :cursor_before::text AND pages = :pages_before
RETURNING drift_found;

-- name: note_seen!
-- Products that were read; `opens` are to be looked at once more.
INSERT INTO audit_seen (audit_id, sku, is_open)
SELECT :audit_id, sku, is_open FROM unnest(:skus::text[], :opens::boolean[]) AS page (sku, is_open)
ON CONFLICT (audit_id, sku) DO UPDATE SET is_open = excluded.is_open;

-- name: pulled_at
-- When the store's feed was last read to its end.
SELECT product_checked_at FROM connection WHERE connection_id = :connection_id;

-- name: note_unlisted!
-- Products that should be on sale and that the hub's list did not show: to be looked up singly.
INSERT INTO audit_seen (audit_id, sku, is_open)
SELECT DISTINCT :audit_id::int, family.sku, true FROM family
WHERE connection_id = :connection_id AND NOT retired AND NOT sku_taken AND NOT EXISTS (
    SELECT FROM audit_seen WHERE audit_id = :audit_id AND audit_seen.sku = family.sku);

-- name: open_in_audit
-- The next products to be looked at once more.
SELECT sku FROM audit_seen
WHERE audit_id = :audit_id AND is_open AND sku > :after ORDER BY sku LIMIT :count;

-- name: count_moving
-- What has no verdict at the end, in SKUs: still being sent, or not readable in the store.
SELECT COALESCE(sum((SELECT count(*) FROM json_object_keys(family.desired_stock::json))), 0)::int
FROM audit_seen
JOIN sku_owner AS owner ON owner.connection_id = :connection_id AND owner.sku = audit_seen.sku
JOIN family ON family.connection_id = owner.connection_id
    AND family.family_key = owner.family_key AND family.sku = owner.sku
WHERE audit_seen.audit_id = :audit_id AND audit_seen.is_open AND NOT family.retired;

-- name: add_drift!
-- What differs, field by field. Found twice, the later look counts.
INSERT INTO audit_drift (audit_id, product_sku, sku, field, place, family_key, title, store_value,
    hub_value, refused, state, asked_at)
SELECT :audit_id, product_sku, sku, field, place, family_key, title, store_value, hub_value,
    refused, state, CASE WHEN state = 'asked' THEN now() END
FROM unnest(:product_skus::text[], :skus::text[], :fields::text[], :places::smallint[],
    :keys::text[], :titles::text[], :store_values::text[], :hub_values::text[],
    :refused::boolean[], :states::text[])
    AS page (product_sku, sku, field, place, family_key, title, store_value, hub_value, refused,
        state)
ON CONFLICT (audit_id, product_sku, sku, field, place) DO UPDATE
SET store_value = excluded.store_value, hub_value = excluded.hub_value, state = excluded.state;

-- name: end_audit!
-- It came to its end, was stopped, or failed.
UPDATE audit
SET ended_at = now(), seen_at = now(), outcome = :outcome, failure = :failure,
    started_at = COALESCE(started_at, now()), paused_at = NULL,
    skus_moving = skus_moving + :moving, skus_compared = skus_compared + :moving
WHERE audit_id = :audit_id AND ended_at IS NULL;

-- name: forget_seen!
DELETE FROM audit_seen WHERE audit_id = :audit_id;

-- name: forget_drift!
-- The drift of runs that are not the last complete one any more, or never were one.
DELETE FROM audit_drift USING audit
WHERE audit.connection_id = :connection_id AND audit_drift.audit_id = audit.audit_id
    AND audit.ended_at IS NOT NULL AND audit.audit_id <> COALESCE((
        SELECT max(audit_id) FROM audit AS complete
        WHERE complete.connection_id = :connection_id AND complete.outcome = 'complete'), 0);

-- name: forget_old_audits!
-- Of runs long ago not even the figures.
DELETE FROM audit
WHERE connection_id = :connection_id AND ended_at IS NOT NULL AND audit_id <= (
    SELECT audit_id FROM audit WHERE connection_id = :connection_id AND ended_at IS NOT NULL
    ORDER BY audit_id DESC OFFSET :kept LIMIT 1)
    AND audit_id <> COALESCE((SELECT max(audit_id) FROM audit
        WHERE connection_id = :connection_id AND outcome = 'complete'), 0);

-- name: pause_audit!
UPDATE audit SET paused_at = now()
WHERE connection_id = :connection_id AND ended_at IS NULL AND paused_at IS NULL;

-- name: resume_audit!
UPDATE audit SET paused_at = NULL, progress_at = now(), failures = 0
WHERE connection_id = :connection_id AND ended_at IS NULL AND paused_at IS NOT NULL;

-- name: note_audit_failure!
-- A passing failure, and that somebody is at it.
UPDATE audit SET failures = LEAST(failures + 1, 1000), seen_at = now()
WHERE audit_id = :audit_id AND ended_at IS NULL;

-- name: silent_audits
-- Runs that somebody should be at and that show no sign of life: their job was lost. The sign of
-- life is renewed, so that they are woken once.
UPDATE audit SET seen_at = now()
WHERE ended_at IS NULL AND paused_at IS NULL
    AND COALESCE(seen_at, asked_at) < now() - make_interval(secs => :silent_seconds)
RETURNING connection_id;

-- name: hasten_job!
-- A job that waits for a later moment may begin now.
UPDATE procrastinate_jobs SET scheduled_at = NULL
WHERE queueing_lock = :queueing_lock AND status = 'todo' AND scheduled_at IS NOT NULL;

-- name: read_drift
-- A page of what differs, in the order of the products; of one field where named.
SELECT product_sku, sku, field, place, family_key, title, store_value, hub_value, refused, state
FROM audit_drift
WHERE audit_id = :audit_id AND (product_sku, sku, field, place)
    > (:after_product::text, :after_sku::text, :after_field::text, :after_place::int)
ORDER BY product_sku, sku, field, place
LIMIT :count;

-- name: read_drift_of_field
-- The same of one field.
SELECT product_sku, sku, field, place, family_key, title, store_value, hub_value, refused, state
FROM audit_drift
WHERE audit_id = :audit_id AND field = :field
    AND (product_sku, sku, place) > (:after_product::text, :after_sku::text, :after_place::int)
ORDER BY product_sku, sku, place
LIMIT :count;

-- name: drift_by_field
-- How much of which field; the drift kept is bounded, so this is.
SELECT field, count(*)::int AS rows, count(*) FILTER (WHERE state = 'open')::int AS open
FROM audit_drift WHERE audit_id = :audit_id GROUP BY field ORDER BY 2 DESC, field;

-- name: drift_by_state
SELECT state, count(*)::int AS rows
FROM audit_drift WHERE audit_id = :audit_id GROUP BY state;

-- name: read_audit_plan
SELECT every, hour, weekday, next_at, repairs_always
FROM audit_plan WHERE connection_id = :connection_id;

-- name: save_audit_plan!
INSERT INTO audit_plan (connection_id, every, hour, weekday, next_at)
VALUES (:connection_id, :every, :hour, :weekday, :next_at)
ON CONFLICT (connection_id) DO UPDATE
SET every = excluded.every, hour = excluded.hour, weekday = excluded.weekday,
    next_at = excluded.next_at;

-- name: set_repairs_always!
INSERT INTO audit_plan (connection_id, repairs_always) VALUES (:connection_id, :repairs_always)
ON CONFLICT (connection_id) DO UPDATE SET repairs_always = excluded.repairs_always;

-- name: due_audits
-- Connections whose audit is due, some at a time; nobody else gets them until we commit.
SELECT plan.connection_id, plan.every, plan.hour, plan.weekday,
    connection.released_at IS NOT NULL AND connection.hub_access_ended_at IS NULL
        AND connection.store_access_ended_at IS NULL AS works
FROM audit_plan AS plan JOIN connection USING (connection_id)
WHERE plan.next_at <= now()
ORDER BY plan.next_at LIMIT :count
FOR UPDATE OF plan SKIP LOCKED;

-- name: plan_next_audit!
UPDATE audit_plan SET next_at = :next_at WHERE connection_id = :connection_id;
