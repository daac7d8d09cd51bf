CREATE SCHEMA app;
CREATE TABLE app.people (id int PRIMARY KEY, name text NOT NULL, born date, CONSTRAINT born_late CHECK (born > '1900-01-01'));
CREATE INDEX people_name ON app.people (name);
CREATE TABLE app.notes (id int PRIMARY KEY, person int REFERENCES app.people, text text DEFAULT '');
CREATE VIEW app.names AS SELECT people.name FROM app.people;
-- Longer than what is kept by the letter.
DO $make$ BEGIN
    EXECUTE pg_catalog.format('CREATE FUNCTION app.long() RETURNS int LANGUAGE sql AS $$ SELECT 1 /* %s */ $$', pg_catalog.repeat('x', 1200));
END $make$;
-- A copy of it under another name, which a search path leads to.
CREATE SCHEMA staging;
CREATE TABLE staging.people (id int PRIMARY KEY, name text NOT NULL, born date, CONSTRAINT born_late CHECK (born > '1900-01-01'));
CREATE INDEX people_name ON staging.people (name);
CREATE TABLE staging.notes (id int PRIMARY KEY, person int REFERENCES staging.people, text text DEFAULT '');
CREATE VIEW staging.names AS SELECT people.name FROM staging.people;
DO $make$ BEGIN
    EXECUTE pg_catalog.format('CREATE FUNCTION staging.long() RETURNS int LANGUAGE sql AS $$ SELECT 1 /* %s */ $$', pg_catalog.repeat('x', 1200));
END $make$;
CREATE TABLE app.scratch (id int);
