-- Groups of bookings that do not add up to nothing. A booking without an amount cannot be said to balance.
WITH judged AS (
    SELECT :groups, pg_catalog.count(*) AS n, pg_catalog.sum(:amount) AS total,
           pg_catalog.count(*) - pg_catalog.count(:amount) AS missing,
           coalesce(pg_catalog.abs(pg_catalog.sum(:amount)) > :'tolerance'::numeric, true)
               OR pg_catalog.count(*) > pg_catalog.count(:amount) AS differs
    FROM :table AS t
    WHERE :filter
    GROUP BY :group_columns
    -- All bookings together are a group also where there is none.
    HAVING pg_catalog.count(*) > 0
)
