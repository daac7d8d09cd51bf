-- Rows that point at a parent, and those whose parent is not there, whatever the catalog believes.
SELECT (SELECT pg_catalog.count(*) FROM :child_table AS t WHERE :asked) AS examined,
       (SELECT pg_catalog.count(*) FROM :child_table AS t
        WHERE (:asked) AND NOT EXISTS (SELECT FROM :parent_table AS p WHERE :matches)) AS violations
