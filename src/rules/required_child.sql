-- Parents with too few or too many children.
WITH children AS (
    SELECT :child_keys, pg_catalog.count(*) AS n
    FROM :children AS t
    WHERE :children_filter
    GROUP BY :child_columns
), judged AS (
    SELECT :keys, 1 AS n, coalesce(c.n, 0) AS children, :wrong AS differs
    -- The filter by itself, so that a name in it can mean a column of the rule's table and nothing else.
    FROM (SELECT * FROM :table AS t WHERE :filter) AS t
    LEFT JOIN children AS c ON :same
)
