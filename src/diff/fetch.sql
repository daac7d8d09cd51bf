-- Some rows with values; long ones are cut. OFFSET 0 keeps the planner from making the text of a value once for each use.
SET LOCAL jit = off;
SELECT x.k, x.h, x.t :cuts
FROM (SELECT x.k, x.h, x.t :texts FROM (:rows) AS x WHERE :restriction :most OFFSET 0) AS x
