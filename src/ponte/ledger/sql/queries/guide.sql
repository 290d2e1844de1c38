-- name: read_guide
-- How far a merchant's first steps are.
SELECT guide_closed_at IS NOT NULL AS is_closed,
    released_at IS NOT NULL AS is_released,
    EXISTS (SELECT FROM connection_health AS health
        WHERE health.connection_id = connection.connection_id AND exported_at IS NOT NULL)
        AS is_exported,
    -- Not EXISTS: where none entered, all orders of the connection would be looked at.
    (SELECT min(imported_at) FROM hub_order
        WHERE hub_order.connection_id = connection.connection_id) IS NOT NULL AS has_order,
    EXISTS (SELECT FROM trail
        WHERE trail.connection_id = connection.connection_id AND action = 'rules.changed')
        AS has_rules,
    EXISTS (SELECT FROM audit WHERE audit.connection_id = connection.connection_id
        AND audit.ended_at IS NOT NULL) AS has_audit
FROM connection WHERE connection_id = :connection_id;

-- name: close_guide
-- Not to be shown any more.
UPDATE connection SET guide_closed_at = now()
WHERE connection_id = :connection_id AND guide_closed_at IS NULL
RETURNING connection_id;
