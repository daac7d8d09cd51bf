-- Every sequence that feeds a column: by ownership (serial), identity, or the column's default.
SELECT DISTINCT sn.nspname AS sequence_schema, sc.relname AS sequence_name,
       tn.nspname AS table_schema, tc.relname AS table_name, a.attname AS column_name,
       s.seqincrement AS increment, s.seqcycle AS cycles,
       b.typcategory = 'N' AS is_number, tc.relkind IN ('r', 'p', 'f') AS is_table
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class sc ON sc.oid = s.seqrelid
JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace
JOIN LATERAL (
    SELECT d.refobjid AS relid, d.refobjsubid AS attnum
    FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.seqrelid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    UNION
    SELECT f.adrelid, f.adnum
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = s.seqrelid
) AS use ON true
JOIN pg_catalog.pg_class tc ON tc.oid = use.relid
JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = use.relid AND a.attnum = use.attnum AND NOT a.attisdropped
JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN y.typbasetype <> 0 THEN y.typbasetype ELSE y.oid END
WHERE tn.nspname !~ '^pg_' AND sc.relpersistence <> 't'
ORDER BY 1, 2, 3, 4, 5
