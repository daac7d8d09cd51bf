-- Every foreign key that stands for itself (those of partitions are covered by their parent's), with what an anti join needs.
SELECT n.nspname AS schema, r.relname AS table_name, c.conname AS constraint_name, c.confmatchtype = 'f' AS is_full,
       c.convalidated AS is_validated,
       pg_catalog.format('%I.%I', n.nspname, r.relname) AS child,
       pg_catalog.format('%I.%I', pn.nspname, p.relname) AS parent,
       -- A foreign key of a table with inheritors is about its own rows only.
       CASE WHEN r.relkind = 'r' THEN 'ONLY ' ELSE '' END AS child_only,
       CASE WHEN p.relkind = 'r' THEN 'ONLY ' ELSE '' END AS parent_only,
       coalesce(pg_catalog.to_jsonb(c) ->> 'conperiod', 'false') = 'true' AS is_temporal,
       k.columns, k.present, k.present_any, k.matches, k.shown
FROM pg_catalog.pg_constraint c
JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = c.confrelid
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
JOIN LATERAL (
    SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY u.place) AS columns,
           pg_catalog.string_agg(pg_catalog.format('t.%I IS NOT NULL', a.attname), ' AND ' ORDER BY u.place) AS present,
           pg_catalog.string_agg(pg_catalog.format('t.%I IS NOT NULL', a.attname), ' OR ' ORDER BY u.place) AS present_any,
           -- The very operators by which the constraint itself compares.
           pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) t.%I', b.attname, onsp.nspname, o.oprname, a.attname),
                                 ' AND ' ORDER BY u.place) AS matches,
           pg_catalog.string_agg(pg_catalog.format('t.%I::text AS %I', a.attname, 'v:' || a.attname), ', ' ORDER BY u.place) AS shown
    FROM ROWS FROM (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey), pg_catalog.unnest(c.conpfeqop))
         WITH ORDINALITY AS u(child_attnum, parent_attnum, operator, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.child_attnum
    JOIN pg_catalog.pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = u.parent_attnum
    JOIN pg_catalog.pg_operator o ON o.oid = u.operator
    JOIN pg_catalog.pg_namespace onsp ON onsp.oid = o.oprnamespace
) AS k ON true
WHERE c.contype = 'f' AND c.conparentid = 0
ORDER BY 1, 2, 3
