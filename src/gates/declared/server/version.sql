-- The server, and how this database keeps text.
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_encoding') AS encoding
