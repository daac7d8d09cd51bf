-- Collations that columns or indexes use, and the database's own, beside what the operating system has now. The database's
-- version is kept from PostgreSQL 15 on; through the row form its column can be asked for in every version.
WITH judged AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.collname) AS k0, 1 AS n,
           c.collversion IS DISTINCT FROM pg_catalog.pg_collation_actual_version(c.oid) AS differs,
           pg_catalog.format('built with %s, now %s: REINDEX, then ALTER COLLATION ... REFRESH VERSION', c.collversion,
                             pg_catalog.pg_collation_actual_version(c.oid)) AS problem
    FROM pg_catalog.pg_collation AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
    WHERE c.collprovider NOT IN ('d', 'b') AND c.collversion IS NOT NULL
      AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS t ON t.oid = a.attrelid
                  WHERE a.attcollation = c.oid AND t.oid >= 16384)
    UNION ALL
    -- Where no version is kept there is nothing to hold against anything, unless there is none to have.
    SELECT pg_catalog.format('database %I', d.datname),
           CASE WHEN v.kept IS NOT NULL OR d.datcollate ~ '^(C|POSIX)([.]|$)' THEN 1 ELSE 0 END,
           v.kept IS NOT NULL AND v.kept IS DISTINCT FROM v.now,
           pg_catalog.format('built with %s, now %s: REINDEX DATABASE, then ALTER DATABASE ... REFRESH COLLATION VERSION', v.kept, v.now)
    FROM pg_catalog.pg_database AS d
    CROSS JOIN LATERAL (
        SELECT pg_catalog.to_jsonb(d) ->> 'datcollversion' AS kept,
               -- The function is there where the column is, from 15 on; older servers must not see its name.
               CASE WHEN pg_catalog.to_jsonb(d) ->> 'datcollversion' IS NOT NULL THEN
                   (pg_catalog.xpath('//*[local-name()="v"]/text()', pg_catalog.query_to_xml(pg_catalog.format(
                       'SELECT pg_catalog.pg_database_collation_actual_version(%s) AS v', d.oid), false, false, '')))[1]::text
               END AS now
    ) AS v
    WHERE d.datname = pg_catalog.current_database()
)
