-- The places of the first offenders of each rule by its key, in one scan for all rules: few enough to be kept, since they were
-- counted.
WITH hits AS MATERIALIZED (
    :hits
)
SELECT o.rule, pg_catalog.array_agg(o.place)::text AS places
FROM (
    :firsts
) AS o
GROUP BY o.rule
