-- A query whose rows are violations.
SELECT NULL AS examined, pg_catalog.count(*) AS violations FROM (
:query
) AS v
