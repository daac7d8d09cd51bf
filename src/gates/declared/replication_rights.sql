-- Whether the role sees more of pg_stat_replication than its own rows.
SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS may_see
