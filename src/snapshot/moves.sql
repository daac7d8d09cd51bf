-- One table of a move: how many of its rows have a part in it, the sum of the hashes of these rows, and that of each value.
-- The table's own tableoid among the inputs keeps an aggregate from being taken for a value of a row.
SET LOCAL jit = off;
SELECT :outputs
FROM (SELECT :values, :key AS k
      FROM (SELECT r.tableoid AS t, :inputs
            FROM :source AS r
            WHERE :condition
            OFFSET 0) AS a
      OFFSET 0) AS b
