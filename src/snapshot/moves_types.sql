-- The type of each expression over a table, followed to the base of a domain. No row is read.
SELECT base.oid AS base_oid, y.typname AS base_type, y.typtype AS kind,
       EXISTS (SELECT FROM pg_catalog.pg_cast k
               WHERE k.castsource = base.oid AND k.casttarget = 'pg_catalog.text'::pg_catalog.regtype
                 AND k.oid >= 16384) AS own_text_cast
FROM (SELECT ARRAY[:types] AS oids
      FROM (SELECT NULL) AS one
      LEFT JOIN (SELECT :columns
                 FROM :source AS r CROSS JOIN LATERAL (VALUES (:inputs)) AS i (:names)
                 WHERE false) AS a ON true) AS types
CROSS JOIN LATERAL pg_catalog.unnest(types.oids) WITH ORDINALITY AS p (oid, place)
CROSS JOIN LATERAL (
    WITH RECURSIVE step AS (
        SELECT y.oid, y.typtype, y.typbasetype FROM pg_catalog.pg_type y WHERE y.oid = p.oid
        UNION ALL
        SELECT y.oid, y.typtype, y.typbasetype
        FROM step JOIN pg_catalog.pg_type y ON y.oid = step.typbasetype WHERE step.typtype = 'd'
    )
    SELECT oid FROM step WHERE typtype <> 'd' LIMIT 1
) AS base
JOIN pg_catalog.pg_type AS y ON y.oid = base.oid
ORDER BY p.place
