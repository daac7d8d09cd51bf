-- A standby has no insert position of its own; what it has replayed is its instant.
SELECT pg_catalog.pg_export_snapshot() AS id,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_insert_lsn() END AS lsn
