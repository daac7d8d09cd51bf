-- The first of those that are not as they should be.
SELECT :shown
FROM judged AS j
WHERE j.differs
ORDER BY :order
LIMIT :limit
