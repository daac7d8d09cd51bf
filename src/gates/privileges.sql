-- What the migrating role needs and whether it has it; one row a privilege. `problem` is NULL where it has.
SELECT 'CREATE on schema ' || pg_catalog.quote_ident(s.name) AS name,
       CASE WHEN n.oid IS NULL THEN 'there is no such schema'
            WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE') THEN 'missing' END AS problem,
       CASE WHEN n.oid IS NULL THEN pg_catalog.format('CREATE SCHEMA %I AUTHORIZATION %I', s.name, current_user)
            ELSE pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', s.name, current_user) END AS remedy
FROM pg_catalog.unnest(ARRAY[:schemas]::text[]) AS s(name)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
UNION ALL
SELECT 'SELECT on table ' || pg_catalog.format('%I.%I', n.nspname, c.relname),
       CASE WHEN NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'))
            THEN 'missing' END,
       pg_catalog.format('GRANT SELECT ON %I.%I TO %I', n.nspname, c.relname, current_user)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  -- The log has rows of its own below.
  AND (n.nspname, c.relname) <> (:'log_schema', :'log_name')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
UNION ALL
-- The log: written where it exists, made where it does not.
SELECT p.privilege || ' on table ' || pg_catalog.format('%I.%I', :'log_schema', :'log_name'),
       CASE WHEN NOT pg_catalog.has_table_privilege(c.oid, p.privilege) THEN 'missing' END,
       pg_catalog.format('GRANT %s ON %I.%I TO %I', p.privilege, :'log_schema', :'log_name', current_user)
FROM pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS p(privilege)
JOIN pg_catalog.pg_namespace n ON n.nspname = :'log_schema'
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = :'log_name'
UNION ALL
SELECT 'CREATE on schema ' || pg_catalog.quote_ident(:'log_schema') || ', to make the log table',
       CASE WHEN n.oid IS NULL THEN 'there is no such schema'
            WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE') THEN 'missing' END,
       CASE WHEN n.oid IS NULL THEN pg_catalog.format('CREATE SCHEMA %I AUTHORIZATION %I', :'log_schema', current_user)
            ELSE pg_catalog.format('GRANT CREATE ON SCHEMA %I TO %I', :'log_schema', current_user) END
FROM (SELECT) AS once
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = :'log_schema'
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = :'log_name')
