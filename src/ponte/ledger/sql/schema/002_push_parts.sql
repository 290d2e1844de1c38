-- A catalogue is pushed in two parts (ponte.ledger.differences.PARTS), each by one process at a time.
ALTER TABLE family ADD COLUMN part smallint NOT NULL
    GENERATED ALWAYS AS ((hashtext(family_key) & 1)::smallint) STORED;
DROP INDEX family_work;
CREATE INDEX family_work ON family (connection_id, part, work, due_at) WHERE work > 0;
-- A body lives in its row from the pull to the push only: packing and unpacking it costs more than
-- the room that it takes meanwhile.
ALTER TABLE family SET (toast_tuple_target = 8160);
