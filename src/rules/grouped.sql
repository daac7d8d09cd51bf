-- Rules that group the same rows by the same columns. Each has two columns: how many rows of a group are its own (n), and
-- whether the group is one that it looks for by these rows alone (d). A group without any is none of its.
SELECT :counts
FROM (
    SELECT :measures
    FROM :table AS t
    WHERE :rows
    GROUP BY :columns
) AS g
