-- A digest of each column over the whole table, where there is no looking at rows.
SET LOCAL jit = off;
SELECT :sums
FROM (SELECT :seed AS s :inputs
      FROM :source
      WHERE :restriction
      OFFSET 0) AS a
