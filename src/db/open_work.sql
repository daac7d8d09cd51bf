-- What the work session starts from and returns to between phases is set by `execute`; here only what the wire needs.
SET search_path = public;
SET idle_in_transaction_session_timeout = 0;
SET tcp_keepalives_idle = :'keepalives_idle';
SET tcp_keepalives_interval = :'keepalives_interval';
SET tcp_keepalives_count = :'keepalives_count';
-- Settings of later majors, where they exist. The check of the connection needs the server to run on Linux.
SELECT pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       -- Sent with the connection request: a pooler drops or refuses it.
       coalesce(pg_catalog.current_setting('phasegate.direct', true), '') = 'on' AS is_direct,
       -- Not so, where a list of hosts or a balancer led the second connection to another server.
       :held AS lock_is_here,
       (SELECT backend_start::text FROM pg_catalog.pg_stat_activity
        WHERE pid = pg_catalog.pg_backend_pid()) AS started,
       (SELECT pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())) AS backend_start,
       CASE WHEN pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL
                 AND pg_catalog.version() ~ 'linux'
            THEN pg_catalog.set_config('client_connection_check_interval', '5s', false) END AS client_connection_check_interval,
       CASE WHEN pg_catalog.current_setting('idle_session_timeout', true) IS NOT NULL
            THEN pg_catalog.set_config('idle_session_timeout', '0', false) END AS idle_session_timeout;
