-- What the work session starts from and returns to between phases is set by `execute`; here only what the wire needs.
SET search_path = public;
SET idle_in_transaction_session_timeout = 0;
SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.pg_is_in_recovery() AS in_recovery;
