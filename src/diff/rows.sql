-- The rows of one side: the hash of the key, that of the row, where the row lies, and the values that are asked for.
-- OFFSET 0 keeps the planner from merging the levels, which would compute each hash once for every use of it.
SELECT :key AS k, b.h, b.t :outputs
FROM (SELECT :hash AS h, a.*
      FROM (SELECT :seed AS s, r.ctid AS t :inputs
            FROM :source
            WHERE :restriction
            OFFSET 0) AS a
      :fence) AS b
