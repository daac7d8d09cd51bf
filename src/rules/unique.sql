-- Rows that share their values with another row.
SELECT coalesce(pg_catalog.sum(g.n), 0) AS examined,
       coalesce(pg_catalog.sum(g.n) FILTER (WHERE g.n > 1 AND g.compared), 0) AS violations
FROM (
    SELECT pg_catalog.count(*) AS n, (:compared) AS compared
    FROM :table AS t
    WHERE :filter
    GROUP BY :columns
) AS g
