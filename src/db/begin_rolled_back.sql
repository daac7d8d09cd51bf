-- A transaction that may write and is rolled back, whatever came of it.
BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL search_path = :search_path;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = :'statement_timeout';
SET LOCAL lock_timeout = :'lock_timeout';
SET LOCAL client_min_messages = error;
-- A client that vanished without a word must not keep its locks.
SET LOCAL tcp_keepalives_idle = :'keepalives_idle';
SET LOCAL tcp_keepalives_interval = :'keepalives_interval';
SET LOCAL tcp_keepalives_count = :'keepalives_count';
SELECT pg_catalog.pg_backend_pid() AS pid;
