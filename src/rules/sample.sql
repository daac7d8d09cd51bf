-- The first offenders by key.
SELECT :shown
FROM :table AS t
WHERE :filter AND (:violates)
ORDER BY :key_order
LIMIT :limit
