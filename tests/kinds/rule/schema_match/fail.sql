ALTER TABLE app.people ALTER COLUMN born SET NOT NULL;
DROP INDEX app.people_name;
DROP TABLE app.notes;
CREATE TABLE app.extra (id int PRIMARY KEY, at timestamptz);
CREATE OR REPLACE VIEW app.names AS SELECT people.name FROM staging.people;
DO $make$ BEGIN
    EXECUTE pg_catalog.format('CREATE OR REPLACE FUNCTION app.long() RETURNS int LANGUAGE sql AS $$ SELECT 2 /* %s */ $$', pg_catalog.repeat('x', 1200));
END $make$;
-- These do not count.
COMMENT ON TABLE app.people IS 'people';
ALTER TABLE app.scratch ADD COLUMN note text;
