-- Materialized views, and how many of their rows their own query does not return now, or returns besides. query_to_xml runs
-- the question that is put together for each.
WITH judged AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS k0, 1 AS n,
           NOT c.relispopulated OR d.rows > 0 AS differs,
           CASE WHEN NOT c.relispopulated THEN 'not populated' ELSE pg_catalog.format('%s rows are not those of its query', d.rows) END AS problem
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
        SELECT (pg_catalog.xpath('//*[local-name()="n"]/text()', pg_catalog.query_to_xml(pg_catalog.format(
            'SELECT count(*) AS n FROM ((SELECT * FROM %1$s EXCEPT ALL (%2$s)) UNION ALL ((%2$s) EXCEPT ALL SELECT * FROM %1$s)) AS d',
            pg_catalog.format('%I.%I', n.nspname, c.relname),
            pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';')), false, false, '')))[1]::text::int8 AS rows
        -- One that was never filled cannot be read.
        WHERE c.relispopulated
    ) AS d ON true
    WHERE c.relkind = 'm' AND :scope
)
