-- The objects that are there beside those that should be, by kind and name.
WITH objects AS (
:now
), found AS (
    :found
), wanted AS (
    :wanted
), pairs AS (
    SELECT coalesce(f.kind, w.kind) AS kind, coalesce(f.name, w.name) AS name, coalesce(f.of, w.of) AS of,
           f.kind IS NOT NULL AS is_found, (f.kind IS NULL) <> (w.kind IS NULL) AS is_of_one,
           f.compared IS DISTINCT FROM w.compared AS differs, f.definition AS found, w.definition AS expected
    FROM found AS f FULL JOIN wanted AS w ON w.kind = f.kind AND w.name = f.name
), asked AS (
    SELECT * FROM pairs AS o WHERE NOT (:ignored)
), wholes AS (
    SELECT kind, name, is_found FROM asked
    WHERE is_of_one AND kind IN ('table', 'view', 'materialized_view', 'sequence', 'function', 'type', 'schema')
), judged AS (
    SELECT a.kind || ' ' || a.name AS k0, 1 AS n,
           -- What belongs to something that one side lacks is not told once more.
           a.differs AND NOT (a.is_of_one AND EXISTS (
               SELECT FROM wholes AS s
               WHERE s.is_found = a.is_found AND (s.kind, s.name) <> (a.kind, a.name)
                 AND (a.name = s.name AND a.kind IN ('grant', 'comment')
                      OR s.kind <> 'schema' AND (pg_catalog.starts_with(a.name, s.name || '.')
                                                 OR a.of = s.name OR pg_catalog.starts_with(a.of, s.name || '.'))))) AS differs,
           coalesce(a.expected, 'not there') AS expected, coalesce(a.found, 'not there') AS found
    FROM asked AS a
)
