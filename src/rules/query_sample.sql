SELECT * FROM (
:query
) AS v
LIMIT :limit
