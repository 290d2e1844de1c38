-- How every connection stands, kept ready by one worker's timer: no page counts anything by itself.
-- No foreign keys to connection here: their checks would lock its rows, which the scheduler passes
-- over while they are locked. What a deleted connection leaves is taken by the trigger below, or ages.

-- Calls by connection, side and minute; summed in the processes, written every ten seconds.
CREATE TABLE call_minute (
    minute          timestamptz NOT NULL,
    connection_id   integer NOT NULL,
    side            text NOT NULL CHECK (side IN ('hub', 'store')),
    ok              integer NOT NULL,
    -- 4xx: the other side understood and said no.
    refused         integer NOT NULL,
    unauthorised    integer NOT NULL,
    throttled       integer NOT NULL,
    -- 5xx and what is no answer to our question.
    failed          integer NOT NULL,
    unanswered      integer NOT NULL,
    -- HTTP status of the last failure; 0: no answer.
    failure_status  smallint,
    -- By minute first: outages look at the last minutes of everybody.
    PRIMARY KEY (minute, connection_id, side)
);

-- Whether anything fails at all is asked every ten seconds.
CREATE INDEX call_minute_failed ON call_minute (minute) WHERE failed + unanswered > 0;

-- What minutes become after an hour.
CREATE TABLE call_hour (
    connection_id   integer NOT NULL,
    side            text NOT NULL CHECK (side IN ('hub', 'store')),
    hour            timestamptz NOT NULL,
    ok              integer NOT NULL,
    refused         integer NOT NULL,
    unauthorised    integer NOT NULL,
    throttled       integer NOT NULL,
    failed          integer NOT NULL,
    unanswered      integer NOT NULL,
    PRIMARY KEY (connection_id, side, hour)
);

CREATE TABLE connection_health (
    connection_id   integer PRIMARY KEY,
    measured_at     timestamptz NOT NULL,
    -- ponte.domain.health.State and Reason, and since when.
    state           text NOT NULL,
    reason          text NOT NULL,
    state_since     timestamptz NOT NULL,
    -- The worst of what is below, in seconds; what alerts are raised by.
    lag_seconds     integer NOT NULL,
    -- Whether the next look may not wait for its turn: something was open at this one.
    is_lively       boolean NOT NULL,
    -- What the state was decided by and may change at any moment.
    is_held         boolean NOT NULL,
    hub_ended       boolean NOT NULL,
    store_ended     boolean NOT NULL,
    is_stopped      boolean NOT NULL,
    -- When everything that the store has had been sent for the first time.
    exported_at     timestamptz,
    families        bigint NOT NULL,
    skus            bigint NOT NULL,
    counted_at      timestamptz,
    -- Where the feed was when they were counted: they are counted again once it moved.
    counted_cursor  bigint,
    stock_unsent    bigint NOT NULL,
    price_unsent    bigint NOT NULL,
    content_unsent  bigint NOT NULL,
    stock_oldest    timestamptz,
    price_oldest    timestamptz,
    content_oldest  timestamptz,
    -- Of a mountain of differences: when they were last counted one by one.
    mountain_at     timestamptz,
    -- These counts end at 10,001: "more than 10,000".
    orders_waiting  integer NOT NULL,
    orders_oldest   timestamptz,
    orders_with_problem integer NOT NULL,
    reports_open    integer NOT NULL,
    reports_oldest  timestamptz,
    problems_blocking integer NOT NULL,
    problems_warning  integer NOT NULL,
    -- Calls of the last five minutes.
    hub_calls       integer NOT NULL,
    hub_failed      integer NOT NULL,
    hub_throttled   integer NOT NULL,
    store_calls     integer NOT NULL,
    store_failed    integer NOT NULL,
    store_throttled integer NOT NULL,
    jobs_waiting    integer NOT NULL
) WITH (fillfactor = 60);

-- The last day of one connection for charts: the worst of each minute in which anything was open,
-- and of the minute after.
CREATE TABLE lag_sample (
    connection_id   integer NOT NULL,
    minute          timestamptz NOT NULL,
    stock_unsent    bigint NOT NULL,
    price_unsent    bigint NOT NULL,
    content_unsent  bigint NOT NULL,
    stock_seconds   integer NOT NULL,
    price_seconds   integer NOT NULL,
    content_seconds integer NOT NULL,
    orders_waiting  integer NOT NULL,
    PRIMARY KEY (connection_id, minute)
);

CREATE FUNCTION forget_health() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM connection_health WHERE connection_id = OLD.connection_id;
    DELETE FROM lag_sample WHERE connection_id = OLD.connection_id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_health AFTER DELETE ON connection
    FOR EACH ROW EXECUTE FUNCTION forget_health();

-- A hub, a store platform or a store's server that fails for many accounts at once.
CREATE TABLE outage (
    outage_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    side            text NOT NULL CHECK (side IN ('hub', 'store')),
    -- The address of a hub, the name of a platform, or the address of a store's server.
    place           text NOT NULL,
    began_at        timestamptz NOT NULL,
    -- When it was last seen to go on.
    seen_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    -- What most of the accounts that fail are answered; 0: nothing.
    status          smallint NOT NULL,
    -- Of the accounts for which something was called lately, how many fail.
    accounts        integer NOT NULL,
    failing         integer NOT NULL
);
CREATE UNIQUE INDEX outage_open ON outage (side, place) WHERE ended_at IS NULL;
CREATE INDEX outage_began ON outage (began_at);

-- The processes of the installation, each of which shows that it lives.
CREATE TABLE process (
    process_id      text PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('serve', 'worker', 'helper')),
    host            text NOT NULL,
    pid             integer NOT NULL,
    version         text NOT NULL,
    started_at      timestamptz NOT NULL,
    seen_at         timestamptz NOT NULL
);

-- When somebody last looked after health, outages and alerts; whoever does it next waits its time.
CREATE TABLE watch (
    is_only         boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    looked_at       timestamptz NOT NULL
);
INSERT INTO watch (looked_at) VALUES ('-infinity');

-- Orders that came in, by time: today's, and per hour.
CREATE INDEX hub_order_imported ON hub_order (connection_id, imported_at)
    WHERE imported_at IS NOT NULL;
-- Few of many: a catalogue's warnings may be as many as its products.
CREATE INDEX problem_blocking ON problem (connection_id) WHERE blocking;
