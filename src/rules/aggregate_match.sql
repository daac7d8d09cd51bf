-- One figure over each of two tables. NULL and NaN agree with nothing.
WITH judged AS (
    SELECT :'word' AS k0, a.n + b.n AS n, a.figure AS own, b.figure AS other,
           NOT coalesce(pg_catalog.abs(a.figure - b.figure * :'factor'::numeric) <= :'tolerance'::numeric, false) AS differs
    FROM (SELECT pg_catalog.count(*) AS n, (:own)::numeric AS figure FROM :table AS t WHERE :filter) AS a,
         (SELECT pg_catalog.count(*) AS n, (:other_figure)::numeric AS figure FROM :other AS t WHERE :other_filter) AS b
)
