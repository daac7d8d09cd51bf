SELECT pg_catalog.count(*) AS examined, pg_catalog.count(*) FILTER (WHERE differs) AS violations
FROM judged
