-- Standbys, whether each streams (one that catches up does not yet), and how many bytes of the log it has still to replay.
SELECT application_name || ' (' || coalesce(client_addr::text, 'local') || ')' AS name,
       state = 'streaming' AS streams,
       pg_catalog.pg_wal_lsn_diff(
         CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
              ELSE pg_catalog.pg_current_wal_lsn() END,
         replay_lsn)::bigint AS behind
FROM pg_catalog.pg_stat_replication
WHERE state <> 'backup'
ORDER BY 1
