-- Every trigger of the user's tables, with those by which foreign keys work; `problem` names one that does not fire.
SELECT CASE WHEN t.tgisinternal AND c.conname IS NOT NULL
            THEN pg_catalog.format('%s.%s of foreign key %I', t.tgrelid::regclass, t.tgname, c.conname)
            ELSE pg_catalog.format('%s.%I', t.tgrelid::regclass, t.tgname) END AS name,
       pg_catalog.format('%s.%s', t.tgrelid::regclass, t.tgname) AS id,
       CASE t.tgenabled WHEN 'D' THEN 'disabled'
                        WHEN 'R' THEN 'fires on replicas only' END AS problem
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class r ON r.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1
