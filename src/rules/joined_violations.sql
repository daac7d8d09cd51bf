-- The rows that violate a rule, where another statement counts those that it looks at.
SELECT NULL AS examined, pg_catalog.count(*) AS violations
FROM :table AS t
WHERE :filter AND (:violates)
