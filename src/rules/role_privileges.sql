-- What a role may do on tables, beside what it should. A role that does not exist may do nothing.
WITH judged AS (
    SELECT pg_catalog.format('%s on %I.%I', a.privilege, n.nspname, c.relname) AS k0, 1 AS n, h.has IS DISTINCT FROM a.wanted AS differs,
           CASE WHEN r.oid IS NULL THEN 'there is no such role' WHEN a.wanted THEN 'missing' ELSE 'granted' END AS problem
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN (VALUES :asked) AS a(privilege, wanted)
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = :role
    -- What is needed is needed on the whole table; what is forbidden must not be there on a single column either.
    CROSS JOIN LATERAL (SELECT pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
        AND (pg_catalog.has_table_privilege(r.oid, c.oid, a.privilege)
             OR NOT a.wanted AND CASE WHEN a.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                                      THEN pg_catalog.has_any_column_privilege(r.oid, c.oid, a.privilege) ELSE false END) AS has) AS h
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND :scope
)
