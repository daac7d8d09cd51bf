-- Where the rows of each table lie: in itself, or in its partitions. What the role may not read is left to the parent.
SELECT t.oid AS table, n.nspname AS schema, l.relname AS name,
       coalesce(pg_catalog.pg_relation_size(l.oid), 0) AS bytes, coalesce(pg_catalog.pg_table_size(l.oid), 0) AS whole_bytes,
       pg_catalog.has_table_privilege(l.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS readable,
       pg_catalog.current_setting('server_version_num')::int >= 140000 AND m.amname = 'heap' AS has_ranges,
       t.relrowsecurity AS has_policies
FROM pg_catalog.pg_class t
JOIN LATERAL (SELECT t.oid AS relid WHERE t.relkind <> 'p'
              UNION ALL
              SELECT p.relid FROM pg_catalog.pg_partition_tree(t.oid) p WHERE p.isleaf AND t.relkind = 'p') s ON true
JOIN pg_catalog.pg_class l ON l.oid = s.relid
JOIN pg_catalog.pg_namespace n ON n.oid = l.relnamespace
JOIN pg_catalog.pg_am m ON m.oid = l.relam
WHERE t.relkind IN ('r', 'p', 'm') AND NOT t.relispartition AND t.relpersistence <> 't'
  AND t.relnamespace NOT IN (SELECT oid FROM pg_catalog.pg_namespace
                             WHERE nspname = 'information_schema' OR nspname ~ '^pg_')
ORDER BY t.oid, l.oid
