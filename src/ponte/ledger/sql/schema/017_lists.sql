-- Whether a pendência stands on an order, or on its report, that nobody ignored: the list of these is
-- a range of an index, however many orders a connection has and however many of them are held.
ALTER TABLE hub_order ADD COLUMN has_problem boolean NOT NULL DEFAULT false;

UPDATE hub_order SET has_problem = true
WHERE EXISTS (SELECT FROM problem WHERE problem.connection_id = hub_order.connection_id
    AND problem.subject_kind IN ('order', 'report') AND problem.subject = hub_order.hub_order_id
    AND NOT problem.is_ignored);

CREATE INDEX hub_order_problem ON hub_order (connection_id, seen_at, hub_order_id)
    WHERE has_problem;

-- By the primary key, which `is_ignored` would give a rival: a planner without figures would read all
-- pendências of the connection.
CREATE FUNCTION order_has_problem(of_connection integer, id text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT FROM problem WHERE connection_id = of_connection
        AND subject_kind IN ('order', 'report') AND subject = id AND ignored_at IS NULL);
END $$;

-- Nobody says whether an order has one: its row looks by itself when it is made, and whenever a
-- statement names the column. By then the row is locked and the look has a snapshot of its own, so
-- that of two transactions that change pendências of one order the second sees what the first did.
CREATE FUNCTION look_for_problems() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.has_problem := order_has_problem(NEW.connection_id, NEW.hub_order_id);
    RETURN NEW;
END $$;
CREATE TRIGGER look_for_problems BEFORE INSERT OR UPDATE OF has_problem ON hub_order
    FOR EACH ROW EXECUTE FUNCTION look_for_problems();

-- Every statement that opens, closes, ignores or heeds pendências lets their orders look, and writes
-- those that see something else. They are locked in the order of their ids, lest two such statements
-- wait for each other; and named in an array, because a planner without figures may join thousands by
-- anything.
CREATE FUNCTION let_orders_look() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told record;
BEGIN
    FOR told IN SELECT connection_id, array_agg(DISTINCT subject) AS orders FROM changed
        WHERE subject_kind IN ('order', 'report') GROUP BY connection_id ORDER BY connection_id
    LOOP
        PERFORM FROM hub_order
        WHERE connection_id = told.connection_id AND hub_order_id = ANY(told.orders)
        ORDER BY hub_order_id
        FOR NO KEY UPDATE;
        UPDATE hub_order SET has_problem = DEFAULT
        WHERE connection_id = told.connection_id AND hub_order_id = ANY(told.orders)
            AND has_problem <> order_has_problem(connection_id, hub_order_id);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER problems_opened AFTER INSERT ON problem
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION let_orders_look();
CREATE TRIGGER problems_changed AFTER UPDATE ON problem
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION let_orders_look();
CREATE TRIGGER problems_closed AFTER DELETE ON problem
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION let_orders_look();

-- For people: what stands, then the past; a page is a range.
CREATE INDEX alert_listed ON alert ((over_at IS NULL), alert_id) WHERE raised_at IS NOT NULL;
