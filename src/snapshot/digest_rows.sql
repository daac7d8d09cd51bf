-- The rows of one place: their keys and values, and what the hashes are made of.
-- OFFSET 0 keeps the planner from merging the levels, which would compute each form once for every use of it. One level
-- does: another one would cost every row a copy of all that it holds.
SELECT :outputs
FROM :source AS r
WHERE :restriction
OFFSET 0
