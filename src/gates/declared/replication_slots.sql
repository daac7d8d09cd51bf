-- Replication slots: whether somebody reads them, how many bytes of the log they keep, whether what they need is gone.
SELECT slot_name AS name, active,
       pg_catalog.pg_wal_lsn_diff(
         CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
              ELSE pg_catalog.pg_current_wal_lsn() END,
         restart_lsn)::bigint AS kept,
       coalesce(wal_status = 'lost', false) AS lost,
       restart_lsn IS NOT NULL AS reserves
FROM pg_catalog.pg_replication_slots
WHERE NOT temporary
ORDER BY 1
