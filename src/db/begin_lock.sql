-- The lock's own transaction: READ COMMITTED, so that idle it holds no snapshot and blocks no CONCURRENTLY.
BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
-- The lock of a client that vanished without a word must come free.
SET LOCAL tcp_keepalives_idle = :'keepalives_idle';
SET LOCAL tcp_keepalives_interval = :'keepalives_interval';
SET LOCAL tcp_keepalives_count = :'keepalives_count';
-- The token tells the work session that this transaction, and with it the run's lock, is still there.
SELECT pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.pg_try_advisory_xact_lock(:'token'::bigint) AS has_token,
       CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
            THEN pg_catalog.set_config('transaction_timeout', '0', true) END AS transaction_timeout;
