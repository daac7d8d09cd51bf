-- One scan: the figures of some rows, and the sums of their hashes.
SET LOCAL jit = off;
SELECT :outputs FROM (:rows) AS b
