-- The one transaction in which a reading session lives. ROLLBACK first: it may follow a failed one.
ROLLBACK;
BEGIN TRANSACTION ISOLATION LEVEL :isolation READ ONLY;
:import_snapshot
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = error;
-- Text forms must not depend on the server's or the role's defaults: digests and samples are made of them.
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL xmloption = 'content';
SET LOCAL lc_monetary = 'C';
SET LOCAL standard_conforming_strings = on;
SELECT pg_catalog.pg_backend_pid() AS pid;
