-- Every table of the user's schemas with its columns and its key, one row a column; tables without columns have one row.
WITH tables AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.reltuples::bigint AS estimated_rows,
           CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END AS bytes,
           pg_catalog.has_table_privilege(c.oid, 'SELECT')
               AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS readable,
           -- Read in the parent's place where it is a partition; with its own rows only where it has inheritors.
           EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) AS has_children,
           CASE WHEN c.relkind = 'm' THEN c.relispopulated ELSE true END AS populated
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm')
      AND c.relpersistence <> 't'
      AND n.nspname <> 'information_schema'
      AND n.nspname !~ '^pg_'
      -- A table that belongs to an extension is the extension's, not the user's.
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), keys AS (
    -- The primary key, else the narrowest unique index that covers every row: whole, valid, over plain NOT NULL columns.
    SELECT DISTINCT ON (i.indrelid) i.indrelid AS oid, i.indisprimary AS is_primary,
           (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
            FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE k.place <= i.indnkeyatts) AS columns
    FROM pg_catalog.pg_index i
    JOIN tables t ON t.oid = i.indrelid
    WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                      WHERE k.place <= i.indnkeyatts AND NOT a.attnotnull AND t.relkind <> 'm')
    -- By columns, not by oid: the choice must be the same after a restore.
    ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indkey::text
)
SELECT t.oid, t.nspname AS schema, t.relname AS name, t.relkind AS kind, t.relispartition AS is_partition,
       t.estimated_rows, t.bytes, t.readable, t.has_children, t.populated,
       pg_catalog.to_json(k.columns) AS key, k.is_primary,
       a.attname AS column, a.attnum AS position, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       b.typname AS base_type, b.typtype AS base_kind, b.typcategory AS base_category,
       a.attnotnull AS not_null, a.attgenerated <> '' AS generated
FROM tables t
LEFT JOIN keys k ON k.oid = t.oid
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
-- A domain stands on its base type, which may be a domain again.
LEFT JOIN LATERAL (
    WITH RECURSIVE base AS (
        SELECT y.oid, y.typname, y.typtype, y.typcategory, y.typbasetype FROM pg_catalog.pg_type y WHERE y.oid = a.atttypid
        UNION ALL
        SELECT y.oid, y.typname, y.typtype, y.typcategory, y.typbasetype
        FROM base JOIN pg_catalog.pg_type y ON y.oid = base.typbasetype WHERE base.typtype = 'd'
    )
    SELECT typname, typtype, typcategory FROM base WHERE typtype <> 'd' LIMIT 1
) b ON true
ORDER BY t.nspname, t.relname, a.attnum
