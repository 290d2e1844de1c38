-- A merchant or an operator ended the connection: both accesses are given up at that moment, nothing
-- is sent or taken in, the ledger stays. NULL again once somebody takes it up.
ALTER TABLE connection
    ADD COLUMN switched_off_at  timestamptz,
    -- Who, as the pages call them.
    ADD COLUMN switched_off_by  text,
    -- When the store said that it ended our access; NULL: somebody has to end it there by hand.
    ADD COLUMN store_revoked_at timestamptz;
