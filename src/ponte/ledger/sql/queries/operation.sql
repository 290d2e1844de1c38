-- name: show_life!
-- A process lives.
INSERT INTO process (process_id, kind, host, pid, version, started_at, seen_at)
VALUES (:process_id, :kind, :host, :pid, :version, :started_at, now())
ON CONFLICT (process_id) DO UPDATE SET seen_at = now();

-- name: leave!
-- A process ends.
DELETE FROM process WHERE process_id = :process_id;

-- name: forget_processes!
-- Those that were killed, some time ago.
DELETE FROM process WHERE seen_at < now() - interval '1 day';

-- name: processes
-- All, the longest-lived first.
SELECT process_id, kind, host, pid, version, started_at, seen_at
FROM process ORDER BY started_at, process_id;

-- name: queues
-- What waits and what is being done. A wake-up is deleted when it ended, so nothing else is there.
SELECT queue_name AS queue, count(*) FILTER (WHERE status = 'todo')::int AS waiting,
    count(*) FILTER (WHERE status = 'doing')::int AS doing,
    (SELECT min(event.at) FROM procrastinate_events AS event
        WHERE event.type = 'deferred' AND event.job_id
            = min(job.id) FILTER (WHERE status = 'todo')) AS oldest_at
FROM procrastinate_jobs AS job
WHERE status IN ('todo', 'doing')
GROUP BY queue_name ORDER BY queue_name;

-- name: begin_pause
-- Stop everything, or a platform.
INSERT INTO pause (store_platform, reason, began_by)
VALUES (:store_platform, :reason, :began_by)
ON CONFLICT DO NOTHING
RETURNING pause_id;

-- name: end_pause!
-- Go on.
UPDATE pause SET ended_at = now() WHERE pause_id = :pause_id AND ended_at IS NULL;

-- name: wake_after_pause!
-- Whoever may go on does, as soon as the workers can take them: some two hundred a second, so that
-- ten thousand at once do not stand in line before those who were never stopped.
UPDATE connection
SET next_pull_at = least(next_pull_at, woken_at), next_push_at = least(next_push_at, woken_at),
    next_orders_at = least(next_orders_at, woken_at),
    next_reports_at = least(next_reports_at, woken_at)
FROM (SELECT connection_id,
        now() + make_interval(secs => row_number() OVER (ORDER BY connection_id) / 200.0 - 0.005)
            AS woken_at
    FROM connection WHERE NOT EXISTS (SELECT FROM pause WHERE ended_at IS NULL
        AND (pause.store_platform IS NULL OR pause.store_platform = connection.store_platform))
    ) AS free
WHERE connection.connection_id = free.connection_id;

-- name: pauses
-- Standing ones, then the past.
SELECT pause_id, store_platform, reason, began_by, began_at, ended_at,
    CASE WHEN ended_at IS NULL THEN (SELECT count(*) FROM connection
        WHERE pause.store_platform IS NULL OR connection.store_platform = pause.store_platform)
    ELSE 0 END::int AS connections
FROM pause ORDER BY ended_at IS NULL DESC, pause_id DESC LIMIT :count;

-- name: paused_platforms
-- What is stopped now; NULL is everything.
SELECT store_platform FROM pause WHERE ended_at IS NULL;

-- name: platforms
-- The platforms there are.
SELECT DISTINCT store_platform FROM connection ORDER BY store_platform;

-- name: add_broadcast
-- A message to all merchants.
INSERT INTO broadcast (kind, text_pt, text_en, shown_from, shown_until, made_by)
VALUES (:kind, :text_pt, :text_en, :shown_from, :shown_until, :made_by)
RETURNING broadcast_id;

-- name: end_broadcast!
-- No longer, or not at all.
UPDATE broadcast SET shown_until = now()
WHERE broadcast_id = :broadcast_id AND COALESCE(shown_until, 'infinity') > now();

-- name: broadcasts
-- All, the newest first.
SELECT broadcast_id, kind, text_pt, text_en, shown_from, shown_until, made_by, made_at
FROM broadcast ORDER BY broadcast_id DESC LIMIT :count;

-- name: broadcasts_now
-- Those that merchants see at this moment.
SELECT broadcast_id, kind, text_pt, text_en, shown_from, shown_until, made_by, made_at
FROM broadcast
WHERE shown_from <= now() AND COALESCE(shown_until, 'infinity') > now()
ORDER BY kind = 'warning' DESC, broadcast_id DESC;
