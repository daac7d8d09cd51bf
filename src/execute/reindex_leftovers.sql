-- INVALID indexes that an interrupted REINDEX CONCURRENTLY left: of this index, of this table (or its partitions), of
-- this schema, else of the whole database.
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
  AND (:'index' IS NULL OR EXISTS (
          SELECT FROM pg_catalog.pg_index own
          JOIN pg_catalog.pg_class named ON named.oid = own.indexrelid
          WHERE own.indexrelid = pg_catalog.to_regclass(:'index') AND own.indrelid = i.indrelid
            -- The server cuts the name short to make room for its ending.
            AND pg_catalog.starts_with(named.relname, pg_catalog.regexp_replace(c.relname, '_cc(new|old)[0-9]*$', ''))))
  AND (:'table' IS NULL OR i.indrelid = pg_catalog.to_regclass(:'table') OR i.indrelid IN (
          SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(:'table'))))
  AND (:'schema' IS NULL OR n.nspname = :'schema')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
