-- The one transaction in which a reading session lives.
BEGIN TRANSACTION ISOLATION LEVEL :isolation READ ONLY;
:import_snapshot
-- First, since lists of names are kept as they are quoted; regclass, regtype and their like are shown by it too.
SET LOCAL quote_all_identifiers = off;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL statement_timeout = :'statement_timeout';
SET LOCAL lock_timeout = :'lock_timeout';
SET LOCAL client_min_messages = error;
-- A client that vanished without a word must not keep the transaction open.
SET LOCAL tcp_keepalives_idle = :'keepalives_idle';
SET LOCAL tcp_keepalives_interval = :'keepalives_interval';
SET LOCAL tcp_keepalives_count = :'keepalives_count';
-- Text forms must not depend on the server's or the role's defaults: digests and samples are made of them.
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL xmloption = 'content';
SET LOCAL lc_monetary = 'C';
SET LOCAL standard_conforming_strings = on;
-- A policy must not hide rows from a count or a digest in silence: with this the server refuses the query instead.
SET LOCAL row_security = off;
-- Settings of later majors, where they exist. The check of the connection needs the server to run on Linux.
SELECT pg_catalog.pg_backend_pid() AS pid,
       CASE WHEN pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL
                 AND pg_catalog.version() ~ 'linux'
            THEN pg_catalog.set_config('client_connection_check_interval', '5s', true) END AS connection_check,
       CASE WHEN pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL
            THEN pg_catalog.set_config('transaction_timeout', '0', true) END AS transaction_timeout;
