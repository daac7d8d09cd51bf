-- Indexes of the tables in question.
WITH judged AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, ic.relname) AS k0, 1 AS n,
           NOT (i.indisvalid AND i.indisready AND i.indislive) AS differs,
           CASE WHEN NOT i.indislive THEN 'being dropped' WHEN NOT i.indisready THEN 'not kept up to date'
                WHEN NOT i.indisvalid THEN 'invalid: never used, and its uniqueness not proven' END AS problem
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE :scope
)
