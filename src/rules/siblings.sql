-- Rules that hold parents against groups of the same children. Each judges parents of its own (s); of the children it counts
-- those of its own (n), and adds them up (a). A group without any of them is none of its.
WITH parents AS (
    SELECT :parent_columns
    FROM :table AS t
    WHERE :parent_rows
), children AS (
    SELECT :child_columns
    FROM :children AS t
    WHERE :child_rows
    GROUP BY :child_keys
)
SELECT :counts
FROM parents AS p
:way JOIN children AS c ON :same
