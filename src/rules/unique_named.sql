-- Rows that share their values with another row, and the first groups of them, each with a few of its keys: they are sorted once.
-- Where there is no such group the table is not read for its members.
WITH shared AS MATERIALIZED (
    SELECT :named_columns, pg_catalog.count(*) AS shared_n
    FROM :table AS t
    WHERE :filter AND (:compared)
    GROUP BY :columns
    HAVING pg_catalog.count(*) > 1
), figures AS (
    SELECT :examined AS examined, coalesce(pg_catalog.sum(m.shared_n), 0) AS violations
    FROM shared AS m
), firsts AS MATERIALIZED (
    SELECT m.*
    FROM shared AS m
    ORDER BY :shared_order
    LIMIT :limit
), members AS (
    SELECT :key_columns, :shared_columns, s.shared_n,
           pg_catalog.row_number() OVER (PARTITION BY :shared_columns ORDER BY :key_order) AS place
    FROM firsts AS s
    JOIN :table AS t ON :same
    WHERE :filter
), named AS (
    SELECT :keys, :values, :said, pg_catalog.row_number() OVER (ORDER BY :shared_order, m.place) AS place
    FROM members AS m
    WHERE m.place <= 2
)
SELECT f.examined, f.violations, n.*
FROM figures AS f
LEFT JOIN named AS n ON n.place <= :limit
ORDER BY n.place
