-- Standbys that stream, and how many bytes of the log each has still to replay.
SELECT application_name || ' (' || coalesce(client_addr::text, 'local') || ')' AS name,
       pg_catalog.pg_wal_lsn_diff(
         CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
              ELSE pg_catalog.pg_current_wal_lsn() END,
         replay_lsn)::bigint AS behind
FROM pg_catalog.pg_stat_replication
WHERE state = 'streaming'
ORDER BY 1
