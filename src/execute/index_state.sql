-- An index by name. Its schema: the table's where one is given, else the one written, else the search path's.
SELECT n.nspname AS schema, c.relname AS name, i.indisvalid AND i.indisready AS valid,
       EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid) AS building
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = :'name'
  AND CASE
          WHEN :'table' IS NOT NULL THEN
              c.relnamespace = (SELECT t.relnamespace FROM pg_catalog.pg_class t WHERE t.oid = pg_catalog.to_regclass(:'table'))
          ELSE c.oid = pg_catalog.to_regclass(pg_catalog.concat_ws('.', :'schema', :'index'))
      END
