-- Rows of one query and not of the other, as multisets: a row that is there twice here and once there is one too many.
WITH lefts AS (
:left
), rights AS (
:right
), judged AS (
    SELECT d.side AS k0, d.shown, 0 AS n, true AS differs
    FROM (
        (SELECT 'only in the view' AS side, ROW(x.*)::text AS shown FROM (SELECT * FROM lefts EXCEPT ALL SELECT * FROM rights) AS x)
        UNION ALL
        (SELECT 'only in the query', ROW(x.*)::text FROM (SELECT * FROM rights EXCEPT ALL SELECT * FROM lefts) AS x)
    ) AS d
    UNION ALL
    -- What was looked at, so that nothing at all is not taken for the same.
    SELECT '', '', (SELECT pg_catalog.count(*) FROM lefts) + (SELECT pg_catalog.count(*) FROM rights), false
)
