-- The first offenders by key.
SELECT :shown
FROM :table AS t
WHERE :places AND :filter AND (:violates)
ORDER BY :key_order
LIMIT :limit
