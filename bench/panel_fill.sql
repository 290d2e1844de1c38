-- The ledger that the panel's bench asks: one connection with a million SKUs, half a million
-- pendências and a hundred thousand orders (1), a small one beside it, whose questions must not read
-- the other's rows (2), one whose orders are all held back (3), and thousands at rest.
-- Parameters: connections, families, new (those above are not in the hub yet), orders, problems,
-- drift, deeds, users, alerts, jobs.

INSERT INTO connection (hub_url, hub_account, hub_client_id, hub_client_secret, store_platform,
    store_url, store_id, store_name, hint_secret, released_at, created_at, product_checked_at,
    price_checked_at, stock_checked_at, orders_checked_at, reports_checked_at)
SELECT 'http://hub', 5910 + n, 'a', '', CASE WHEN n %% 3 = 0 THEN 'outra' ELSE 'webstore' END,
    'http://loja-' || n || '.example', n::text, 'Loja ' || md5(n::text), '', now(),
    now() - interval '1 year', now(), now(), now(), now(), now()
FROM generate_series(1, %(connections)s) AS n;

INSERT INTO connection_health (connection_id, measured_at, state, reason, state_since, lag_seconds,
    is_lively, is_held, hub_ended, store_ended, is_stopped, exported_at, families, skus, counted_at,
    stock_unsent, price_unsent, content_unsent, orders_waiting, orders_with_problem, reports_open,
    problems_blocking, problems_warning, hub_calls, hub_failed, hub_throttled, store_calls,
    store_failed, store_throttled, jobs_waiting)
SELECT connection_id, now(), CASE connection_id %% 50 WHEN 0 THEN 'failing' WHEN 1 THEN 'lagging'
        WHEN 2 THEN 'paused' ELSE 'active' END,
    CASE connection_id %% 50 WHEN 0 THEN 'hub' WHEN 1 THEN 'stock' WHEN 2 THEN 'merchant'
        ELSE 'nothing' END,
    now() - connection_id * interval '1 minute', connection_id %% 1013, false, false, false, false,
    false, now() - interval '1 day', connection_id %% 7919, connection_id %% 7919 * 3, now(),
    connection_id %% 41, 0, 0, connection_id %% 17, connection_id %% 13, 0, connection_id %% 101,
    connection_id %% 211, connection_id %% 3001, connection_id %% 29, connection_id %% 31, 0, 0, 0,
    connection_id %% 7
FROM connection WHERE connection_id > 3;

INSERT INTO call_minute (minute, connection_id, side, ok, refused, unauthorised, throttled, failed,
    unanswered)
SELECT date_trunc('minute', now()) - n * interval '1 minute', connection_id, side, 100, 1, 0, 1, 0, 0
FROM connection, unnest('{hub,store}'::text[]) AS side,
    generate_series(0, CASE WHEN connection_id = 1 THEN 59 ELSE 4 END) AS n;

INSERT INTO call_hour (connection_id, side, hour, ok, refused, unauthorised, throttled, failed,
    unanswered)
SELECT connection_id, side, date_trunc('hour', now()) - n * interval '1 hour', 6000, 60, 0, 60, 0, 0
FROM generate_series(1, 100) AS connection_id, unnest('{hub,store}'::text[]) AS side,
    generate_series(1, 47) AS n;

INSERT INTO lag_sample (connection_id, minute, stock_unsent, price_unsent, content_unsent,
    stock_seconds, price_seconds, content_seconds, orders_waiting)
SELECT 1, date_trunc('minute', now()) - n * interval '1 minute', n, n, n, n, n, n, n %% 7
FROM generate_series(1, 1439) AS n;

-- Three of four families are simple, the fourth has six variations, which makes 2.25 SKUs each. A
-- tenth differs, a hundredth is refused.
INSERT INTO family (connection_id, family_key, sku, store_sku, sequence, retired,
    desired_stock, acked_stock, desired_price, acked_price, desired_content, acked_content,
    stock_since, price_since, content_since, content_blocked, sku_taken, acked_at, calls)
SELECT connection_id, 'p' || n, sku, sku, n, n %% 97 = 0, stock,
    CASE WHEN n %% 11 = 0 THEN '{}' WHEN n > %(new)s THEN NULL ELSE stock END,
    '{"' || sku || '":["99.90",null]}',
    CASE WHEN n > %(new)s THEN NULL ELSE '{"' || sku || '":["99.90",null]}' END, hash,
    CASE WHEN n > %(new)s THEN NULL WHEN n %% 103 = 0 THEN '\x00' ELSE hash END,
    CASE WHEN n %% 11 = 0 OR n > %(new)s THEN now() - n * interval '1 second' END,
    CASE WHEN n > %(new)s THEN now() - n * interval '1 second' END,
    CASE WHEN n %% 103 = 0 OR n > %(new)s THEN now() - n * interval '1 second' END,
    n %% 103 = 0, n %% 1009 = 0,
    CASE WHEN n <= %(new)s THEN now() - n * interval '1 millisecond' END,
    CASE WHEN n <= %(new)s THEN '[1732630000123,"content",200,12]' END
FROM (SELECT connection_id, n, md5(n::text)::bytea AS hash,
        'CAM-' || lpad(n::text, 7, '0') AS sku,
        CASE WHEN n %% 4 = 0 THEN (SELECT '{' || string_agg('"CAM-' || lpad(n::text, 7, '0')
            || '-' || v || '":' || v, ',') || '}' FROM generate_series(1, 6) AS v)
            ELSE '{"CAM-' || lpad(n::text, 7, '0') || '":' || n %% 50 || '}' END AS stock
    FROM (SELECT 1 AS connection_id, n FROM generate_series(1, %(families)s) AS n
        UNION ALL SELECT 2, n FROM generate_series(1, 1000) AS n) AS every) AS made;

INSERT INTO sku_owner (connection_id, sku, store_sku, family_key)
SELECT connection_id, each, each, family_key
FROM family, json_object_keys(desired_stock::json) AS each ON CONFLICT DO NOTHING;

-- All names have "camiseta", few have "raridade".
INSERT INTO family_search (connection_id, family_key, title, words)
SELECT connection_id, family_key, title, array_to_tsvector(ARRAY(
    SELECT DISTINCT connection_id || '~' || word
    FROM string_to_table(lower(title), ' ') AS word WHERE word <> ''))
FROM (SELECT connection_id, family_key, 'Camiseta ' || CASE WHEN sequence %% 3 = 0 THEN 'azul '
        ELSE 'verde ' END || CASE WHEN sequence %% 10000 = 0 THEN 'raridade ' ELSE '' END
        || 'modelo' || sequence %% 5000 || ' marca' || sequence %% 300 AS title
    FROM family) AS named;

-- One order in two hundred is not in the store: a pendência holds it back, as it does each of
-- connection 3. Pendências first: an order that is made looks for its own.
INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking, since)
SELECT connection_id, 'order', lpad(to_hex(n), 24, '0'), CASE WHEN connection_id = 3
        AND n %% 4 = 0 THEN 'invalid_document' ELSE 'unknown_sku' END, 'NOVO-1', true,
    now() - n * interval '1 minute'
FROM generate_series(1, %(orders)s) AS n, (VALUES (1), (3)) AS with_orders (connection_id)
WHERE connection_id = 3 OR n %% 200 = 0;

-- Of those in the store some are at each step.
INSERT INTO hub_order (connection_id, hub_order_id, seen_at, hub_status, hub_modified, hub_number,
    marketplace_id, channel, total, store_number, imported_at, confirmed_at, canceled_at,
    store_status, store_status_at, document_hash, wanted_at, due_at)
SELECT connection_id, lpad(to_hex(n), 24, '0'), at, CASE WHEN n %% 500 = 0 THEN 'canceled'
        WHEN n %% 5 = 0 THEN 'shipped' ELSE 'approved' END,
    at, n::text, 'MLB-' || n, CASE WHEN n %% 10007 = 0 THEN 'Dafiti' WHEN n %% 3 = 0 THEN 'Magalu'
        ELSE 'Mercado Livre' END, 100 + n %% 900,
    CASE WHEN enters THEN n::text END, CASE WHEN enters THEN at END, CASE WHEN enters THEN at END,
    CASE WHEN enters AND n %% 500 = 1 THEN at END,
    CASE WHEN enters THEN (ARRAY['created', 'invoiced', 'dispatched', 'delivered'])[1 + n %% 4] END,
    CASE WHEN enters THEN at END, decode(md5((n %% 50000)::text), 'hex'),
    CASE WHEN NOT enters THEN at END, now() + interval '10 minutes'
FROM (SELECT connection_id, n, connection_id = 1 AND n %% 200 > 0 AS enters,
        now() - n * interval '1 minute' AS at
    FROM generate_series(1, %(orders)s) AS n, (VALUES (1), (3)) AS with_orders (connection_id)
    ) AS every;

INSERT INTO order_report (connection_id, hub_order_id, store_number, invoice, acked_invoice, is_open)
SELECT connection_id, hub_order_id, store_number, '{}', '{}', false
FROM hub_order WHERE store_status IN ('invoiced', 'dispatched', 'delivered');

-- Of half a million, three in five lack an EAN, one in five a weight, one in five a category; a
-- tenth of these was ignored. Then what the hub refused.
INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking, since, ignored_at,
    ignored_by, ignore_reason)
SELECT 1, 'family', 'p' || 1 + n / (CASE WHEN code = 'no_ean' THEN 1 ELSE 2 END), code, '', false,
    now() - n %% 1009 * interval '1 minute', CASE WHEN n %% 10 = 0 THEN now() END,
    CASE WHEN n %% 10 = 0 THEN 'Maria' END, CASE WHEN n %% 10 = 0 THEN 'não se vende' END
FROM (SELECT n, CASE WHEN n < 0.6 * %(problems)s THEN 'no_ean'
        WHEN n %% 2 = 0 THEN 'no_weight' ELSE 'no_category' END AS code
    FROM generate_series(0, %(problems)s - 1) AS n) AS every;

INSERT INTO problem (connection_id, subject_kind, subject, code, detail, blocking)
SELECT connection_id, 'family', family_key, 'hub_refused_product', 'preço', true
FROM family WHERE content_blocked;

INSERT INTO audit (connection_id, asked_at, asked_by, started_at, ended_at, phase, products_total,
    products_read, skus_compared, skus_equal, skus_different, products_different, drift_found,
    outcome)
SELECT 1, at, 'Maria', at, at + interval '1 hour', 'deciding', %(families)s, %(families)s,
    2 * %(families)s, 2 * %(families)s - %(drift)s, %(drift)s, %(drift)s, %(drift)s, 'complete'
FROM (SELECT now() - n * interval '1 day' AS at FROM generate_series(60, 1, -1) AS n) AS nightly;

INSERT INTO audit_drift (audit_id, product_sku, sku, field, place, family_key, title, store_value,
    hub_value, refused, state)
SELECT (SELECT max(audit_id) FROM audit), 'CAM-' || lpad(n::text, 7, '0'),
    'CAM-' || lpad(n::text, 7, '0'), (ARRAY['stock', 'price', 'name', 'photo'])[1 + n %% 4], 0,
    'p' || n, 'Camiseta azul modelo' || n, n::text, (n + 1)::text, n %% 100 = 0,
    CASE WHEN n %% 7 = 0 THEN 'repaired' ELSE 'open' END
FROM generate_series(1, %(drift)s) AS n;

INSERT INTO panel_user (email, name, role, connection_id, password_hash)
SELECT 'pessoa' || n || '@loja.example', 'Pessoa ' || md5(n::text), CASE WHEN n %% 500 = 0
        THEN 'operator' WHEN n %% 250 = 0 THEN 'support' ELSE 'merchant' END,
    CASE WHEN n %% 250 > 0 THEN 1 + n %% %(connections)s END, 'none'
FROM generate_series(1, %(users)s) AS n;

INSERT INTO trail (at, user_id, actor, role, via, acts_as_merchant, connection_id, action, detail)
SELECT now() - (%(deeds)s - n) * interval '1 minute', 1 + n %% 977, 'Pessoa ' || n %% 977,
    CASE WHEN n %% 50 = 0 THEN 'operator' ELSE 'merchant' END, 'panel', n %% 200 = 0,
    1 + n %% 1009, 'problems.retried', '{"about": "family", "code": "no_ean", "count": 3}'
FROM generate_series(1, %(deeds)s) AS n;

INSERT INTO alert (kind, connection_id, subject, figures, noticed_at, raised_at, over_at)
SELECT 'lag', n, '', '{"store_name": "Loja", "reason": "stock", "lag_seconds": 1000}', at, at,
    CASE WHEN n > 100 THEN at + interval '1 hour' END
FROM (SELECT n, now() - n * interval '5 minutes' AS at
    FROM generate_series(1, %(alerts)s) AS n) AS every;

INSERT INTO alert_delivery (delivery_id, alert_id, channel, event, made_at, sent_at, attempts)
SELECT 'msg_' || alert_id || event, alert_id, 'webhook', event, raised_at, raised_at, 1
FROM alert, unnest('{raised,over}'::text[]) AS event;

INSERT INTO pause (reason, began_by, began_at, ended_at)
SELECT 'manutenção', 'Maria', at, at + interval '1 hour'
FROM (SELECT now() - n * interval '1 day' AS at FROM generate_series(1, 100) AS n) AS daily;

INSERT INTO broadcast (kind, text_pt, text_en, shown_from, shown_until, made_by)
SELECT 'info', 'Manutenção', '', at, at + interval '1 hour', 'Maria'
FROM (SELECT now() - n * interval '1 day' AS at FROM generate_series(1, 100) AS n) AS daily;

INSERT INTO process (process_id, kind, host, pid, version, started_at, seen_at)
SELECT 'bench-' || n, 'helper', 'host', n, '1', now(), now() FROM generate_series(1, 64) AS n;

INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT (ARRAY['pull', 'push', 'orders', 'reports'])[1 + n %% 4], 'bench',
    jsonb_build_object('connection_id', 1 + n %% %(connections)s)
FROM generate_series(1, %(jobs)s) AS n;
