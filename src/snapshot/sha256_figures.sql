-- Counts, bounds and sums of one table's columns; nothing is hashed.
SELECT :outputs FROM :source AS r
