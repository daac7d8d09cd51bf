-- One scan of one side: rows and digest of each bucket. The planner guesses as many groups as rows and would sort the
-- table to disk; and it would make room for as many groups.
SET LOCAL jit = off;
SET LOCAL enable_sort = off;
SET LOCAL hash_mem_multiplier = 4;
SELECT :bucket AS bucket, count(*) AS rows, sum(x.h) AS digest
FROM (:rows) AS x
GROUP BY 1;
SET LOCAL enable_sort = on
