-- The tables whose rows these relations are made of, views within views followed, and the columns of them that are read.
WITH RECURSIVE found(oid) AS (
    SELECT c.oid
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE :scope
    UNION
    SELECT d.refobjid
    FROM found AS f
    JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = f.oid
    JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
)
SELECT n.nspname AS schema, c.relname AS relation, c.relkind::text AS kind, a.attname AS column
FROM found AS f
JOIN pg_catalog.pg_class AS c ON c.oid = f.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND r.ev_class IN (SELECT oid FROM found))
WHERE c.relkind IN ('r', 'p', 'm')
-- A materialized view that is made of another comes after it.
ORDER BY c.relkind, CASE WHEN c.relkind = 'm' THEN c.oid END, n.nspname, c.relname, a.attnum
