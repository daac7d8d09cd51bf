-- Every trigger of the user's tables, with those by which foreign keys work; `problem` names one that does not fire.
SELECT CASE WHEN t.tgisinternal AND c.conname IS NOT NULL
            -- Its own name is made of object ids; the constraint and the function say more.
            THEN pg_catalog.format('%s.%I (%s)', t.tgrelid::regclass, c.conname, p.proname)
            ELSE pg_catalog.format('%s.%I', t.tgrelid::regclass, t.tgname) END AS name,
       pg_catalog.format('%s.%s', t.tgrelid::regclass,
           CASE WHEN t.tgisinternal THEN c.conname ELSE t.tgname END) AS id,
       CASE t.tgenabled WHEN 'D' THEN 'disabled'
                        WHEN 'R' THEN 'fires on replicas only' END AS problem
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class r ON r.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
LEFT JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1
