-- One scan of one table: its keys and values, the hashes of the values, and the sums of the hashes.
-- OFFSET 0 keeps the planner from merging the levels, which would compute each hash once for every use of it.
SET LOCAL jit = off;
SELECT :outputs
FROM (SELECT :hashes
      FROM (SELECT :inputs
            FROM :source AS r
            OFFSET 0) AS a
      OFFSET 0) AS b
