-- Each value beside the one before it.
WITH judged AS (
    SELECT s.*, 1 AS n, coalesce(:wrong, false) AS differs
    FROM (
        SELECT :keys, t.:"column" AS value, pg_catalog.lag(t.:"column") OVER (PARTITION BY :partition ORDER BY :order) AS previous
        FROM :table AS t
        WHERE :filter AND t.:"column" IS NOT NULL
    ) AS s
)
