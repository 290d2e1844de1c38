-- The token with which a program made this one: it ends with it, however long it would last.
ALTER TABLE api_token ADD COLUMN parent_id integer REFERENCES api_token ON DELETE CASCADE;
CREATE INDEX api_token_parent ON api_token (parent_id) WHERE parent_id IS NOT NULL;
