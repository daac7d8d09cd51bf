-- Which server this is, and what the digests of text are made of.
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_database() AS database,
       pg_catalog.current_setting('server_encoding') AS encoding
