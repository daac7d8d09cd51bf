SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       NULL AS xid, pg_catalog.pg_backend_pid() AS pid, session_user AS role,
       (SELECT pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())) AS backend_start,
       :held AS held;
