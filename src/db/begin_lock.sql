-- The lock's own transaction: READ COMMITTED, so that idle it holds no snapshot and blocks no CONCURRENTLY.
BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SELECT pg_catalog.pg_backend_pid() AS pid;
