-- Rows that share their values with another row, where another statement counts those that are looked at.
SELECT NULL AS examined, coalesce(pg_catalog.sum(g.n), 0) AS violations
FROM (
    SELECT pg_catalog.count(*) AS n
    FROM :table AS t
    WHERE :filter AND (:compared)
    GROUP BY :columns
    HAVING pg_catalog.count(*) > 1
) AS g
