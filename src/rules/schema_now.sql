-- Every object once: what shares kind and name is one.
SELECT o.kind, o.name, pg_catalog.min(o.of) AS of,
       coalesce(pg_catalog.string_agg(o.definition, E'\n' ORDER BY o.definition COLLATE "C"), '') AS definition
FROM (
:objects
) AS o
GROUP BY o.kind, o.name
