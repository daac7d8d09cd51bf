-- Which server this is, what the digests of text are made of, and what no other database is called.
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_database() AS database,
       pg_catalog.current_setting('server_encoding') AS encoding,
       CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') THEN
         (SELECT s.system_identifier FROM pg_catalog.pg_control_system() AS s)
       END || '/' || (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
         AS identity
