-- Every constraint of the user's tables and domains; `problem` names one that does not speak for all rows.
SELECT pg_catalog.format('%I on %s', c.conname,
           CASE WHEN c.conrelid <> 0 THEN c.conrelid::regclass::text ELSE c.contypid::regtype::text END) AS name,
       -- A column of pg_constraint since version 18; through its row form it can be asked for in every version.
       CASE WHEN pg_catalog.to_jsonb(c) ->> 'conenforced' = 'false' THEN 'NOT ENFORCED: no row is checked'
            WHEN NOT c.convalidated THEN 'NOT VALID: rows from before it are not checked' END AS problem
FROM pg_catalog.pg_constraint c
JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND c.contype <> 't'
ORDER BY 1
