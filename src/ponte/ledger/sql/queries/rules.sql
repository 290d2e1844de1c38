-- name: read_rules
-- The merchant's rules, and their version.
SELECT rules, rules_version AS version FROM connection WHERE connection_id = :connection_id;

-- name: change_rules
-- The rules as a whole, unless somebody changed them meanwhile.
UPDATE connection
SET rules = :rules, rules_version = rules_version + 1,
    product_cursor = CASE WHEN :read_again THEN 0 ELSE product_cursor END,
    feed_tail = CASE WHEN :read_again THEN NULL ELSE feed_tail END,
    next_pull_at = CASE WHEN :read_again THEN now() ELSE next_pull_at END
WHERE connection_id = :connection_id AND rules_version = :version
RETURNING rules_version;

-- name: rules_changed_since
-- What became of the rules after a version, in the trail (index trail_rules).
SELECT at, actor, detail FROM trail
WHERE connection_id = :connection_id AND action = 'rules.changed'
    AND (detail ->> 'version')::int > :version
ORDER BY entry_id DESC
LIMIT 20;

-- name: reopen_reports!
-- The report mode changed: every order is looked at again.
UPDATE order_report SET is_open = true, facts_version = facts_version + 1
WHERE connection_id = :connection_id;
