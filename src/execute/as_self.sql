-- What was deferred to the commit is checked now, by the phase's own role and names.
SET CONSTRAINTS ALL IMMEDIATE;
-- The log is written as the connection's own role, whatever the phase set; SET LOCAL leaves the phase's own alone.
SET LOCAL SESSION AUTHORIZATION DEFAULT;
SET LOCAL ROLE NONE;
SET LOCAL search_path = pg_catalog, pg_temp;
