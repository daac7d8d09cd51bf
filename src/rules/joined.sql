-- The rows that a rule looks at, and those of them that violate it.
SELECT (SELECT pg_catalog.count(*) FROM :table AS t WHERE :filter) AS examined,
       (SELECT pg_catalog.count(*) FROM :table AS t WHERE :filter AND (:violates)) AS violations
