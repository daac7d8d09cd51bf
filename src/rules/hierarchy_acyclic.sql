-- Rows that no root leads to: they stand in a cycle, or below one. UNION keeps each row once, so it ends.
WITH RECURSIVE nodes AS (
    SELECT t.:"id" AS id, t.:"parent" AS parent
    FROM :table AS t
    WHERE :filter
), reached AS (
    SELECT r.id FROM nodes AS r
    -- A parent that is not there is the business of `relationships`.
    WHERE r.parent IS NULL OR NOT EXISTS (SELECT FROM nodes AS p WHERE p.id = r.parent)
    UNION
    SELECT c.id FROM nodes AS c JOIN reached AS p ON c.parent = p.id
), judged AS (
    SELECT v.id AS k0, v.parent, 1 AS n, NOT EXISTS (SELECT FROM reached AS r WHERE r.id = v.id) AS differs
    FROM nodes AS v
)
