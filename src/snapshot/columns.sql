-- What the digests must know of each column beyond the catalog: the type that it stands on, by object id, since names
-- can be taken twice; whether someone gave that type a cast to text of his own, which might lose something; and whether
-- its values were looked at and none is NULL. PostgreSQL 18 has NOT NULL constraints that nobody validated; one of a
-- partition speaks for the tables above it too.
WITH unvalidated AS MATERIALIZED (
    SELECT k.conrelid AS oid FROM pg_catalog.pg_constraint k WHERE k.contype = 'n' AND NOT k.convalidated
    UNION
    SELECT p.oid FROM pg_catalog.pg_constraint k CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(k.conrelid) AS p(oid)
    WHERE k.contype = 'n' AND NOT k.convalidated
)
SELECT a.attrelid AS oid, a.attname AS column, b.oid AS base_oid, b.typtype AS kind,
       pg_catalog.format_type(b.oid, NULL) AS base_name,
       EXISTS (SELECT FROM pg_catalog.pg_cast k
               WHERE k.castsource = b.oid AND k.casttarget = 'pg_catalog.text'::pg_catalog.regtype
                 AND k.oid >= 16384) AS own_text_cast,
       a.attnotnull AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM unvalidated u WHERE u.oid = c.oid) AS never_null,
       c.relkind = 'p' AND EXISTS (SELECT FROM pg_catalog.pg_partition_tree(c.oid) p
                                   JOIN pg_catalog.pg_class f ON f.oid = p.relid
                                   WHERE f.relkind = 'f') AS foreign_partition
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN LATERAL (
    WITH RECURSIVE base AS (
        SELECT y.oid, y.typtype, y.typbasetype FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid
        UNION ALL
        SELECT y.oid, y.typtype, y.typbasetype
        FROM base JOIN pg_catalog.pg_type y ON y.oid = base.typbasetype WHERE base.typtype = 'd'
    )
    SELECT oid, typtype FROM base WHERE typtype <> 'd' LIMIT 1
) b ON true
WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY a.attrelid, a.attnum
