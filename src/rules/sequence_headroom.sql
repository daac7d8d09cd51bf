-- How much of its numbers each sequence has left: up to its own end, or to that of the column that it feeds.
WITH judged AS (
    SELECT s.name AS k0, 1 AS n, coalesce(s.used < :'percent'::numeric, true) AS differs,
           pg_catalog.format('%s %% left (at %s of %s)', pg_catalog.round(s.used, 2), s.at, s.last) AS problem
    FROM (
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, x.at, x.last,
               -- One that counts down comes to its end from above.
               pg_catalog.sign(q.seqincrement)::numeric * 100 * (x.last - x.at)::numeric / nullif(pg_catalog.abs(x.last - x.first), 0) AS used
        FROM pg_catalog.pg_sequence AS q
        JOIN pg_catalog.pg_class AS c ON c.oid = q.seqrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN LATERAL (
            SELECT pg_catalog.min(CASE coalesce(nullif(y.typbasetype, 0), y.oid)
                                      WHEN 'int2'::regtype THEN 32767::numeric WHEN 'int4'::regtype THEN 2147483647 END) AS most,
                   pg_catalog.max(CASE coalesce(nullif(y.typbasetype, 0), y.oid)
                                      WHEN 'int2'::regtype THEN -32768::numeric WHEN 'int4'::regtype THEN -2147483648 END) AS lowest
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
                   CASE WHEN q.seqincrement > 0 THEN least(q.seqmax::numeric, fed.most)
                        ELSE greatest(q.seqmin::numeric, fed.lowest) END AS last,
                   CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE q.seqmax END::numeric AS first
        ) AS x
        -- One that starts over has no end.
        WHERE NOT q.seqcycle AND c.relpersistence <> 't' AND :scope
    ) AS s
)
