-- Every index of the user's schemas; `problem` says why one is not to be used.
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
       CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN NULL
            ELSE pg_catalog.format('on %s: %s%s', i.indrelid::regclass,
                CASE WHEN NOT i.indislive THEN 'being dropped'
                     WHEN NOT i.indisready THEN 'INVALID and not kept up to date'
                     WHEN c.relkind = 'I' THEN 'INVALID: not every partition has its part of it'
                     ELSE 'INVALID: kept up to date, but never used, and its uniqueness not proven' END,
                CASE WHEN p.pid IS NOT NULL THEN ' (being built by pid ' || p.pid || ')' ELSE '' END) END AS problem,
       CASE WHEN i.indisvalid THEN NULL
            ELSE pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I, then build it again', n.nspname, c.relname) END AS remedy
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.index_relid = i.indexrelid
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1
