-- One scan of one table: its keys and values, what the hashes are made of, and the sums of the hashes.
-- OFFSET 0 keeps the planner from merging the levels, which would compute each form once for every use of it.
SET LOCAL jit = off;
SELECT :outputs
FROM (SELECT :prepared
      FROM (SELECT :inputs
            FROM :source AS r
            OFFSET 0) AS a
      OFFSET 0) AS b
