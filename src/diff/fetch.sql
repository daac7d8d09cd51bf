-- Some rows with all their values.
SET LOCAL jit = off;
SELECT x.* FROM (:rows) AS x WHERE :restriction
