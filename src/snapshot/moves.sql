-- One table of a move: how many of its rows have a part in it, the sum of the hashes of these rows, and that of each value.
-- The inputs stand in VALUES, where the server refuses whatever is not a value of one row: functions that return several
-- rows, aggregates, window functions.
SET LOCAL jit = off;
SELECT :outputs
FROM (SELECT :values, :key AS k
      FROM (SELECT :columns
            FROM :source AS r CROSS JOIN LATERAL (VALUES (:inputs)) AS i (:names)
            WHERE :condition
            OFFSET 0) AS a
      OFFSET 0) AS b
