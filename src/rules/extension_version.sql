-- Extensions beside what they should be.
WITH judged AS (
    SELECT e.name AS k0, 1 AS n, p.problem, p.problem IS NOT NULL AS differs
    FROM (VALUES :expected) AS e(name, version)
    LEFT JOIN pg_catalog.pg_extension AS x ON x.extname = e.name
    LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.name
    CROSS JOIN LATERAL (SELECT CASE
        WHEN x.extname IS NULL THEN 'not there'
        WHEN e.version = 'newest' AND x.extversion IS DISTINCT FROM a.default_version
            THEN pg_catalog.format('%s where the server has files of %s', x.extversion, a.default_version)
        WHEN e.version NOT IN ('any', 'newest') AND x.extversion <> e.version
            THEN pg_catalog.format('%s where %s was expected', x.extversion, e.version) END AS problem) AS p
)
