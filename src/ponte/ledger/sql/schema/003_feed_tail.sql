-- Of a feed that is far from its end: up to where its newest changes were looked at already. In the
-- ledger, since the next slice of a pull may run in another process. NULL once the end was reached.
ALTER TABLE connection ADD COLUMN feed_tail bigint;
