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
            SELECT pg_catalog.min(CASE a.atttypid WHEN 'int2'::regtype THEN 32767::numeric
                                                  WHEN 'int4'::regtype THEN 2147483647 END) AS most
            FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = q.seqrelid AND d.refobjsubid > 0
        ) AS fed ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(pg_catalog.pg_sequence_last_value(q.seqrelid), q.seqstart)::numeric AS at,
                   least(q.seqmax::numeric, fed.most) AS last, q.seqmin::numeric AS first
        ) AS x
        -- One that counts down or starts over has another end, or none.
        WHERE q.seqincrement > 0 AND NOT q.seqcycle AND c.relpersistence <> 't' AND :scope
    ) AS s
)
