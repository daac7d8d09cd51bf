-- Rules that hold the same rows against the same rows of another table: what each looks at (e), and which of those that meet
-- a row there, or none, violate it (v).
SELECT :counts
FROM (
    SELECT :examined
    FROM :table AS t
    WHERE :rows
) AS e, (
    SELECT :violations
    FROM :table AS t
    WHERE (:rows) AND (:asked) AND
:meets
) AS v
