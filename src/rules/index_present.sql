-- Whether a whole, valid index of the table begins with the columns.
WITH judged AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS k0, 1 AS n, NOT found.is_there AS differs,
           'no valid index begins with ' || pg_catalog.array_to_string(w.columns, ', ') AS problem
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN (SELECT ARRAY[:columns]::text[] AS columns) AS w
    CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indrelid = c.oid AND i.indisvalid AND i.indisready AND i.indpred IS NULL
          AND (NOT :unique OR (i.indisunique AND i.indnkeyatts = pg_catalog.cardinality(w.columns)))
          AND (SELECT pg_catalog.array_agg(a.attname::text ORDER BY p.place)
               FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS p(num, place)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = p.num
               -- Columns that an index only includes are no part of its order.
               WHERE p.place <= least(pg_catalog.cardinality(w.columns), i.indnkeyatts)) = w.columns
    ) AS is_there) AS found
    WHERE :scope
)
