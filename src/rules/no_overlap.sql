-- Each span beside the farthest end of those before it: a long span may reach over several that follow. A lower end that is
-- NULL lies before everything, an upper one after everything.
WITH judged AS (
    SELECT s.*, 1 AS n, coalesce(:wrong, false) AS differs
    FROM (
        SELECT :keys, t.:"lower" AS low, t.:"upper" AS high,
               pg_catalog.max(t.:"upper") OVER earlier AS reached,
               pg_catalog.count(*) OVER earlier > 0 AS has_earlier,
               pg_catalog.count(*) FILTER (WHERE t.:"upper" IS NULL) OVER earlier > 0 AS reached_all
        FROM :table AS t
        WHERE :filter
        WINDOW earlier AS (PARTITION BY :partition ORDER BY t.:"lower" NULLS FIRST, :order
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) AS s
)
