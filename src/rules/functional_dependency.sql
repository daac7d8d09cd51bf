-- Groups of rows that agree in the one and not in the other.
WITH judged AS (
    SELECT :determinants, pg_catalog.count(*) AS n, pg_catalog.count(DISTINCT ROW(:dependents)) AS variants,
           :differ AS differs
    FROM :table AS t
    WHERE :filter AND (:known)
    GROUP BY :groups
)
