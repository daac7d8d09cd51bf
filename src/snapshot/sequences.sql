-- Sequences that feed no column: nothing but their position says which of their numbers are taken. Those that start
-- over by themselves have none to keep.
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence = 'p' AND NOT s.seqcycle
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass
                    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid)
ORDER BY 1, 2
