-- Whose the tables, views, sequences, functions and types are. What an extension brought is its installer's.
WITH judged AS (
    SELECT c.kind || ' ' || pg_catalog.format('%I.', n.nspname) || c.shown AS k0, 1 AS n,
           pg_catalog.pg_get_userbyid(c.owner) <> :'role' AS differs,
           'owned by ' || pg_catalog.pg_get_userbyid(c.owner) AS problem
    FROM (
        SELECT r.relnamespace, r.relname::text, r.relowner AS owner, 'pg_catalog.pg_class'::regclass AS class, r.oid, pg_catalog.quote_ident(r.relname) AS shown,
               CASE r.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind
        FROM pg_catalog.pg_class AS r WHERE r.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND r.relpersistence <> 't'
        UNION ALL
        -- Brackets keep a function apart from a table of its name.
        SELECT p.pronamespace, p.proname || '()', p.proowner, 'pg_catalog.pg_proc'::regclass, p.oid,
               pg_catalog.format('%I(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)), 'function'
        FROM pg_catalog.pg_proc AS p
        UNION ALL
        SELECT y.typnamespace, y.typname || ' type', y.typowner, 'pg_catalog.pg_type'::regclass, y.oid, pg_catalog.quote_ident(y.typname), 'type'
        FROM pg_catalog.pg_type AS y
        LEFT JOIN pg_catalog.pg_class AS r ON r.oid = y.typrelid
        WHERE y.typtype IN ('e', 'd', 'r') OR y.typtype = 'c' AND r.relkind = 'c'
    ) AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = c.class AND d.objid = c.oid AND d.deptype = 'e')
      AND :scope
)
