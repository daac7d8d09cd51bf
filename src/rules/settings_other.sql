-- Other values of these settings that a session can have from its start; without a value where it can have none, and why.
SELECT s.name, s.context, o.value
FROM pg_catalog.pg_settings AS s
LEFT JOIN LATERAL (
    SELECT x.value, x.place
    FROM (
        SELECT CASE s.reset_val WHEN 'on' THEN 'off' ELSE 'on' END AS value, 1 AS place WHERE s.vartype = 'bool'
        UNION ALL
        SELECT n.value::text, n.place
        FROM (VALUES (1, s.reset_val::numeric + 1), (2, s.reset_val::numeric - 1), (3, s.min_val::numeric), (4, s.max_val::numeric)) AS n(place, value)
        WHERE s.vartype IN ('integer', 'real') AND n.value BETWEEN s.min_val::numeric AND s.max_val::numeric
        UNION ALL
        SELECT e.value, e.place FROM pg_catalog.unnest(s.enumvals) WITH ORDINALITY AS e(value, place) WHERE s.vartype = 'enum'
        UNION ALL
        SELECT t.value, t.place
        FROM (VALUES (1, 'UTC'), (2, 'Europe/Paris'), (3, 'C'), (4, 'SQL_ASCII'), (5, 'ISO, DMY'), (6, 'pg_catalog'), (7, 'phasegate')) AS t(place, value)
        WHERE s.vartype = 'string'
    ) AS x
    WHERE s.context IN ('user', 'superuser', 'backend', 'superuser-backend') AND x.value IS DISTINCT FROM s.reset_val
) AS o ON true
WHERE pg_catalog.lower(s.name) IN (:names)
ORDER BY s.name, o.place
