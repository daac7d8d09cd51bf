-- What the catalog promises of the rows of the user's tables, one promise a row: checks, generated columns, domains, unique
-- indexes, exclusion constraints, columns without NULL, enums, sequences. Names that are not of pg_catalog are qualified.
SET LOCAL search_path = pg_catalog;
WITH tables AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
), columns AS (
    SELECT t.oid, t.name, a.attnum, a.attname, a.attnotnull, a.atttypid, a.attgenerated
    FROM tables AS t
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
), types AS (
    -- Each column's type and, where that is a domain, all that it stands on.
    SELECT * FROM (
        WITH RECURSIVE types AS (
            SELECT c.oid, c.attnum, c.atttypid AS type FROM columns AS c
            UNION ALL
            SELECT t.oid, t.attnum, y.typbasetype FROM types AS t
            JOIN pg_catalog.pg_type AS y ON y.oid = t.type AND y.typtype = 'd'
        ) SELECT * FROM types
    ) AS every
), promises AS (
    SELECT 'check' AS sort, t.oid, t.name, k.conname::text AS said_by,
           (SELECT pg_catalog.json_agg(a.attname ORDER BY u.place) FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(num, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = u.num) AS columns,
           pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS sql, NULL::json AS labels
    FROM tables AS t JOIN pg_catalog.pg_constraint AS k ON k.conrelid = t.oid AND k.contype = 'c'
    UNION ALL
    SELECT 'generated', c.oid, c.name, c.attname::text, pg_catalog.json_build_array(c.attname),
           pg_catalog.pg_get_expr(d.adbin, d.adrelid), NULL
    FROM columns AS c JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = c.attnum
    WHERE c.attgenerated <> ''
    UNION ALL
    SELECT 'domain', c.oid, c.name, pg_catalog.format_type(k.contypid, NULL), pg_catalog.json_build_array(c.attname),
           pg_catalog.pg_get_expr(k.conbin, 0), NULL
    FROM columns AS c JOIN types AS t USING (oid, attnum)
    JOIN pg_catalog.pg_constraint AS k ON k.contypid = t.type AND k.contype = 'c'
    UNION ALL
    SELECT 'not_null', c.oid, c.name, c.attname::text, pg_catalog.json_build_array(c.attname), NULL, NULL
    FROM columns AS c
    WHERE c.attnotnull OR EXISTS (SELECT FROM types AS t JOIN pg_catalog.pg_type AS y ON y.oid = t.type
                                  WHERE t.oid = c.oid AND t.attnum = c.attnum AND y.typtype = 'd' AND y.typnotnull)
    UNION ALL
    SELECT CASE pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' WHEN 'true' THEN 'unique_nulls' ELSE 'unique' END,
           t.oid, t.name, i.indexrelid::regclass::text,
           (SELECT pg_catalog.json_agg(a.attname ORDER BY u.place)
            FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = u.num WHERE u.place <= i.indnkeyatts),
           pg_catalog.pg_get_expr(i.indpred, i.indrelid),
           (SELECT pg_catalog.json_agg(pg_catalog.pg_get_indexdef(i.indexrelid, u.place::int, false) ORDER BY u.place)
            FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, place) WHERE u.num = 0 AND u.place <= i.indnkeyatts)
    FROM tables AS t JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
    WHERE i.indisunique AND i.indisvalid AND NOT i.indisexclusion
    UNION ALL
    -- Of each element what it is, by which operator, which column, what that asks, whether it can be NULL. Keys WITHOUT OVERLAPS
    -- are among them.
    SELECT 'exclusion', t.oid, t.name, k.conname::text,
           (SELECT pg_catalog.json_agg(a.attname ORDER BY u.place)
            FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = u.num WHERE u.place <= i.indnkeyatts),
           pg_catalog.pg_get_expr(i.indpred, i.indrelid),
           (SELECT pg_catalog.json_agg(v.text ORDER BY e.place, v.part)
            FROM pg_catalog.unnest(k.conexclop) WITH ORDINALITY AS e(op, place)
            JOIN pg_catalog.pg_operator AS o ON o.oid = e.op
            JOIN pg_catalog.pg_namespace AS s ON s.oid = o.oprnamespace
            JOIN pg_catalog.pg_attribute AS x ON x.attrelid = i.indexrelid AND x.attnum = e.place
            JOIN pg_catalog.pg_type AS y ON y.oid = x.atttypid
            LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = (i.indkey::int2[])[e.place - 1] AND a.attnum > 0
            CROSS JOIN LATERAL (VALUES
                (1, pg_catalog.pg_get_indexdef(i.indexrelid, e.place::int, false)),
                (2, pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname)),
                (3, coalesce(a.attname::text, '')),
                (4, CASE WHEN s.nspname <> 'pg_catalog' THEN '' WHEN o.oprname = '=' AND a.attnum IS NOT NULL THEN 'equality'
                         WHEN o.oprname = '&&' AND y.typtype = 'r' THEN 'overlap' ELSE '' END),
                (5, CASE WHEN a.attnotnull THEN '' ELSE 'nullable' END)) AS v(part, text))
    FROM tables AS t
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid = t.oid AND k.conexclop IS NOT NULL
    JOIN pg_catalog.pg_index AS i ON i.indexrelid = k.conindid AND i.indisvalid
    UNION ALL
    SELECT 'enum', c.oid, c.name, y.oid::regtype::text, pg_catalog.json_build_array(c.attname), NULL,
           (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = y.oid)
    FROM columns AS c JOIN types AS t USING (oid, attnum) JOIN pg_catalog.pg_type AS y ON y.oid = t.type AND y.typtype = 'e'
    UNION ALL
    SELECT 'sequence', c.oid, c.name, q.seqrelid::regclass::text, pg_catalog.json_build_array(c.attname), NULL, NULL
    FROM columns AS c
    JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
        AND d.refobjsubid = c.attnum AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = d.objid
    WHERE NOT q.seqcycle
)
SELECT p.sort, p.name AS table_name, p.said_by, coalesce(p.columns, '[]'::json) AS columns, p.sql, p.labels
FROM promises AS p
ORDER BY p.name COLLATE "C", p.sort COLLATE "C", p.columns::text COLLATE "C", p.said_by COLLATE "C", p.sql COLLATE "C"
