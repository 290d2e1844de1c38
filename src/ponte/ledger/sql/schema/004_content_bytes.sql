-- A body is never looked into here: as bytes it comes and goes without being turned into text.
ALTER TABLE family ALTER COLUMN content TYPE bytea USING convert_to(content, 'UTF8');
