-- Bounds and sums of the parts of a table as those of the whole, by the order and the arithmetic of the columns' types.
SELECT :outputs FROM (VALUES :parts) AS p (:names)
