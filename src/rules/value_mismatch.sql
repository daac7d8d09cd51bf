-- Parents whose value is not the sum of their children, and children whose parent is not there.
WITH parents AS (
    SELECT :parent_keys, :value AS value, (:filter) IS TRUE AS in_scope
    FROM :table AS t
), children AS (
    SELECT :child_keys, pg_catalog.sum(:child_value)::numeric AS total
    FROM :children AS t
    WHERE :children_filter
    GROUP BY :child_columns
), compared AS (
    SELECT :keys, p.value, c.total, c.is_there IS NOT NULL AS has_children, p.in_scope IS NOT NULL AS has_parent,
           p.value - coalesce(c.total, 0) AS difference
    FROM parents AS p
    FULL JOIN (SELECT *, true AS is_there FROM children) AS c ON :same
    -- A parent outside the rule's filter is not judged, and its children are not orphans.
    WHERE p.in_scope IS NOT FALSE
), judged AS (
    SELECT *, CASE
        WHEN NOT has_parent THEN true
        WHEN NOT has_children AND :childless_pass THEN false
        WHEN value IS NULL THEN true
        -- A share of what is no number or without end is none: NaN and infinity differ from everything.
        ELSE pg_catalog.abs(difference)::text IN ('NaN', 'Infinity')
             OR pg_catalog.abs(difference) > greatest(:'tolerance'::numeric,
                    :'relative'::numeric * greatest(pg_catalog.abs(value), pg_catalog.abs(coalesce(total, 0))))
    END AS differs
    FROM compared
)
