-- The rows of two tables. A share of the difference is of the other table's rows.
WITH judged AS (
    SELECT 'rows' AS k0, c.own + c.other AS n, c.own, c.other,
           pg_catalog.abs(c.own - c.other * :'factor'::numeric) > c.other * :'factor'::numeric * :'percent'::numeric / 100 AS differs
    FROM (
        SELECT (SELECT pg_catalog.count(*) FROM :table AS t WHERE :filter) AS own,
               (SELECT pg_catalog.count(*) FROM :other AS t WHERE :other_filter) AS other
    ) AS c
)
