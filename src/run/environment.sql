SELECT pg_catalog.current_setting('server_version') AS version, session_user AS role,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'yes, a hot standby' ELSE 'no' END AS in_recovery,
       pg_catalog.current_setting('server_encoding') AS encoding
