-- Tables and their row-level security. Without FORCE it does not hold for the owner.
WITH judged AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS k0, 1 AS n, p.problem, p.problem IS NOT NULL AS differs
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT nullif(pg_catalog.concat_ws('; ',
        CASE WHEN NOT c.relrowsecurity THEN 'row-level security is off' END,
        CASE WHEN c.relrowsecurity AND NOT c.relforcerowsecurity THEN 'it does not hold for the owner' END,
        CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS y WHERE y.polrelid = c.oid)
             THEN 'there is no policy' END), '') AS problem) AS p
    WHERE c.relkind IN ('r', 'p') AND :scope
)
