SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
       pg_catalog.current_setting('server_version') AS version
