-- What a list of judged things came to; each stands for so many rows.
SELECT coalesce(pg_catalog.sum(j.n), 0)::int8 AS examined, pg_catalog.count(*) FILTER (WHERE j.differs) AS violations
FROM judged AS j
