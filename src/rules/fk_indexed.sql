-- Foreign keys, and whether a valid index that covers every row begins with their columns, in any order.
WITH judged AS (
    SELECT pg_catalog.format('%I on %I.%I', k.conname, n.nspname, c.relname) AS k0, 1 AS n, NOT found.is_there AS differs,
           CASE WHEN NOT found.is_there THEN 'no index begins with ' ||
               (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY x.place)
                FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS x(num, place)
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.num) END AS problem
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
        JOIN pg_catalog.pg_am AS m ON m.oid = ic.relam
        -- BRIN narrows a scan to blocks; of rows in no order of the key it spares nothing.
        WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL AND m.amname <> 'brin'
          AND (SELECT pg_catalog.array_agg(p.num ORDER BY p.num)
               FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS p(num, place)
               -- Columns that an index only includes are no part of its order.
               WHERE p.place <= least(pg_catalog.cardinality(k.conkey), i.indnkeyatts))
              = (SELECT pg_catalog.array_agg(p.num ORDER BY p.num) FROM pg_catalog.unnest(k.conkey) AS p(num))
    ) AS is_there) AS found
    WHERE k.contype = 'f' AND k.conparentid = 0 AND :scope
)
