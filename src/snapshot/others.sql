-- What holds the user's data and is no table of his: one row each, with why it is not compared.
SELECT 'large objects' AS name,
       pg_catalog.format('%s large objects, whose content no snapshot reads', l.n) AS reason
FROM (SELECT pg_catalog.count(*) AS n FROM pg_catalog.pg_largeobject_metadata) AS l
WHERE l.n > 0
UNION ALL
-- Tables that an extension declares to hold its user's own rows, as pg_dump keeps them.
SELECT n.nspname || '.' || c.relname, pg_catalog.format('rows of one''s own in a table of extension %s', e.extname)
FROM pg_catalog.pg_extension e
CROSS JOIN LATERAL pg_catalog.unnest(e.extconfig) AS x(oid)
JOIN pg_catalog.pg_class c ON c.oid = x.oid AND c.relkind IN ('r', 'p')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1
