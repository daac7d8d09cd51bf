BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       pg_catalog.pg_current_xact_id() AS xid, pg_catalog.pg_backend_pid() AS pid, session_user AS role,
       :'backend_start' AS backend_start, :held AS held;
