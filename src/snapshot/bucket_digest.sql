-- The same with a digest of the rows in each bucket; all other figures are rolled up again. The planner takes the bucket
-- for a column that it knows nothing of and guesses at 200 groups: it hashes, and makes room for as many.
SET LOCAL jit = off;
SELECT :outputs
FROM (SELECT :bucket AS g, :partial
      FROM (:rows) AS b
      GROUP BY 1) AS d
