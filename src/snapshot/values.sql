-- Rows that a comparison names: their fingerprints, and the values that are shown of them.
SET LOCAL jit = off;
SELECT :outputs FROM (:rows) AS b WHERE :restriction
