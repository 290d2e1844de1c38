-- What an operator does to all at once, and what Ponte tells an operator by itself.

-- Nothing is sent, read or taken in for these connections; hints are kept all the same.
CREATE TABLE pause (
    pause_id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL: everything.
    store_platform  text,
    reason          text NOT NULL,
    -- The name of who did it; the trail knows more.
    began_by        text NOT NULL,
    began_at        timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz
);
CREATE UNIQUE INDEX pause_standing ON pause (COALESCE(store_platform, '')) WHERE ended_at IS NULL;

-- A message at the top of every merchant's pages.
CREATE TABLE broadcast (
    broadcast_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('info', 'warning')),
    text_pt         text NOT NULL,
    -- Empty: the Portuguese is shown.
    text_en         text NOT NULL,
    shown_from      timestamptz NOT NULL,
    shown_until     timestamptz,
    made_by         text NOT NULL,
    made_at         timestamptz NOT NULL DEFAULT now()
);

-- One trouble of one connection, or of all; told once, and once when it is over.
CREATE TABLE alert (
    alert_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- ponte.domain.alerts.AlertKind.
    kind            text NOT NULL,
    -- NULL: it concerns no connection alone.
    connection_id   integer,
    -- What it is about where there is no connection: a hub's address, the kind of what many have.
    subject         text NOT NULL,
    -- Figures for the words: ponte.domain.alerts.Figures.
    figures         jsonb NOT NULL,
    noticed_at      timestamptz NOT NULL,
    -- NULL: not lasting long enough yet to be told.
    raised_at       timestamptz,
    -- Since when the trouble is not seen any more.
    calm_since      timestamptz,
    over_at         timestamptz
);
CREATE UNIQUE INDEX alert_standing ON alert (kind, COALESCE(connection_id, 0), subject)
    WHERE over_at IS NULL;
CREATE INDEX alert_raised ON alert (raised_at) WHERE raised_at IS NOT NULL;

-- A message about an alert to one receiver, until it arrived.
CREATE TABLE alert_delivery (
    -- The receiver knows a repetition by it.
    delivery_id     text PRIMARY KEY,
    alert_id        bigint NOT NULL REFERENCES alert ON DELETE CASCADE,
    channel         text NOT NULL CHECK (channel IN ('webhook', 'email')),
    event           text NOT NULL CHECK (event IN ('raised', 'over')),
    made_at         timestamptz NOT NULL DEFAULT now(),
    due_at          timestamptz NOT NULL DEFAULT now(),
    attempts        integer NOT NULL DEFAULT 0,
    sent_at         timestamptz,
    -- Not tried any more.
    given_up_at     timestamptz,
    -- Why the last attempt failed.
    failure         text
);
CREATE INDEX alert_delivery_open ON alert_delivery (due_at)
    WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX alert_delivery_alert ON alert_delivery (alert_id);

-- A connection that is gone is in no trouble; nobody is told that it is over.
CREATE FUNCTION forget_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM alert WHERE connection_id = OLD.connection_id AND raised_at IS NULL;
    UPDATE alert SET over_at = now() WHERE connection_id = OLD.connection_id AND over_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_alerts AFTER DELETE ON connection
    FOR EACH ROW EXECUTE FUNCTION forget_alerts();
