-- The first groups of rows that share their values, each with a few of its keys.
WITH shared AS (
    SELECT :named_columns, pg_catalog.count(*) AS shared_n
    FROM :table AS t
    WHERE :filter AND (:compared)
    GROUP BY :columns
    HAVING pg_catalog.count(*) > 1
    ORDER BY :columns
    LIMIT :limit
), members AS (
    SELECT :key_columns, :shared_columns, s.shared_n,
           pg_catalog.row_number() OVER (PARTITION BY :shared_columns ORDER BY :key_order) AS place
    FROM shared AS s
    JOIN :table AS t ON :same
    WHERE :filter
)
SELECT :keys, :values, :said
FROM members AS m
WHERE m.place <= 2
ORDER BY :shared_order, m.place
LIMIT :limit
