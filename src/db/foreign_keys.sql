-- Every foreign key that stands for itself (those of partitions are covered by their parent's), with its pairs of columns.
SELECT c.conname AS name, n.nspname AS schema, r.relname AS table_name, pn.nspname AS to_schema, p.relname AS to_table,
       c.confmatchtype = 'f' AS is_full, k.columns, k.to_columns
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_class AS p ON p.oid = c.confrelid
JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.json_agg(a.attname ORDER BY u.place) AS columns, pg_catalog.json_agg(b.attname ORDER BY u.place) AS to_columns
    FROM ROWS FROM (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey)) WITH ORDINALITY AS u(child, parent, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = u.child
    JOIN pg_catalog.pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = u.parent
) AS k
WHERE c.contype = 'f' AND c.conparentid = 0
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, r.relname, c.conname
