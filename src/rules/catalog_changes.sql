-- Changes of the catalog, as statements, that a query which reads it may notice: of the objects that the rule's texts name,
-- and of the first others of each sort.
WITH mine(oid, relname, relkind) AS (
    SELECT c.oid, c.relname, c.relkind
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
), changes(sort, names, change) AS (
    SELECT 'trigger disabled', ARRAY[t.tgname, m.relname], pg_catalog.format('ALTER TABLE %s DISABLE TRIGGER %I', m.oid::regclass, t.tgname)
    FROM mine AS m JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = m.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 'trigger gone', ARRAY[t.tgname, m.relname], pg_catalog.format('DROP TRIGGER %I ON %s', t.tgname, m.oid::regclass)
    FROM mine AS m JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = m.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 'materialized view not filled', ARRAY[m.relname], pg_catalog.format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', m.oid::regclass)
    FROM mine AS m WHERE m.relkind = 'm'
    UNION ALL
    SELECT 'relation gone', ARRAY[m.relname],
           pg_catalog.format('DROP %s %s CASCADE', CASE m.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
               WHEN 'S' THEN 'SEQUENCE' WHEN 'i' THEN 'INDEX' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, m.oid::regclass)
    FROM mine AS m WHERE m.relkind IN ('v', 'm', 'S', 'i', 'f', 'r', 'p')
    UNION ALL
    SELECT 'index invalid', ARRAY[m.relname], pg_catalog.format('UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = %L::regclass', m.oid::regclass)
    FROM mine AS m WHERE m.relkind = 'i'
    UNION ALL
    SELECT 'constraint gone', ARRAY[k.conname, m.relname], pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', m.oid::regclass, k.conname)
    FROM mine AS m JOIN pg_catalog.pg_constraint AS k ON k.conrelid = m.oid AND k.contype <> 't'
    UNION ALL
    SELECT 'NULL allowed', ARRAY[a.attname, m.relname], pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', m.oid::regclass, a.attname)
    FROM mine AS m JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.oid AND a.attnum > 0 AND a.attnotnull
    WHERE m.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'column of another type', ARRAY[a.attname, m.relname], pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I TYPE text', m.oid::regclass, a.attname)
    FROM mine AS m JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE m.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'column gone', ARRAY[a.attname, m.relname], pg_catalog.format('ALTER TABLE %s DROP COLUMN %I CASCADE', m.oid::regclass, a.attname)
    FROM mine AS m JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE m.relkind IN ('r', 'p')
    UNION ALL
    SELECT 'rows unguarded', ARRAY[m.relname], pg_catalog.format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', m.oid::regclass)
    FROM mine AS m JOIN pg_catalog.pg_class AS c ON c.oid = m.oid AND c.relrowsecurity
    UNION ALL
    SELECT 'function gone', ARRAY[p.proname], pg_catalog.format('DROP ROUTINE %s CASCADE', p.oid::regprocedure)
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    UNION ALL
    SELECT 'extension gone', ARRAY[e.extname], pg_catalog.format('DROP EXTENSION %I CASCADE', e.extname)
    FROM pg_catalog.pg_extension AS e
)
SELECT s.change
FROM (
    SELECT c.change, c.sort, c.named,
           pg_catalog.row_number() OVER (PARTITION BY c.sort ORDER BY c.named DESC, c.change COLLATE "C") AS place
    FROM (SELECT x.*, (SELECT pg_catalog.count(*) FROM pg_catalog.unnest(x.names) AS u(name) WHERE u.name::text IN (:texts)) AS named
          FROM changes AS x) AS c
) AS s
WHERE s.place <= 2 OR s.named > 0
ORDER BY s.named DESC, s.place, s.sort, s.change COLLATE "C"
LIMIT 200
