-- How much of its numbers each sequence has left: up to its own end, or to that of the column that it feeds.
WITH judged AS (
    SELECT s.name AS k0, 1 AS n, s.used < :'percent'::numeric AS differs,
           pg_catalog.format('%s %% left (at %s of %s)', pg_catalog.round(s.used, 2), s.at, s.last) AS problem
    FROM (
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, x.at, x.last,
               100 * (x.last - x.at)::numeric / pg_catalog.abs(x.last - x.first) AS used
        FROM pg_catalog.pg_sequence AS q
        JOIN pg_catalog.pg_class AS c ON c.oid = q.seqrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN LATERAL (
            SELECT pg_catalog.min(CASE coalesce(nullif(y.typbasetype, 0), y.oid)
                                      WHEN 'int2'::regtype THEN 32767::numeric WHEN 'int4'::regtype THEN 2147483647 END) AS most
            FROM (
                -- The column that owns it, and those whose default asks it.
                SELECT d.refobjid AS relid, d.refobjsubid AS num
                FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = q.seqrelid
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
                UNION ALL
                SELECT f.adrelid, f.adnum
                FROM pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_attrdef AS f ON f.oid = d.objid
                WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = q.seqrelid
            ) AS x
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.relid AND a.attnum = x.num
            JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        ) AS fed ON true
        CROSS JOIN LATERAL (
            SELECT (:stands)::numeric AS at,
                   least(q.seqmax::numeric, fed.most) AS last, q.seqmin::numeric AS first
        ) AS x
        -- One that counts down or starts over has another end, or none.
        WHERE q.seqincrement > 0 AND NOT q.seqcycle AND c.relpersistence <> 't' AND :scope
    ) AS s
)
