-- What a role may do on tables, beside what it should. A role that does not exist may do nothing.
WITH becomes AS (
    -- What it can become by SET ROLE, itself included: it need not inherit what it may take.
    SELECT m.oid FROM pg_catalog.pg_roles AS r JOIN pg_catalog.pg_roles AS m ON pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER')
    WHERE r.rolname = :role
), judged AS (
    SELECT pg_catalog.format('%s on %I.%I', a.privilege, n.nspname, c.relname) AS k0, 1 AS n, h.has IS DISTINCT FROM a.wanted AS differs,
           CASE WHEN r.oid IS NULL THEN 'there is no such role' WHEN a.wanted THEN 'missing' ELSE 'granted' END AS problem
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN (VALUES :asked) AS a(privilege, wanted)
    LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = :role
    -- What is needed is needed on the whole table; what is forbidden must not be there on a single column either.
    CROSS JOIN LATERAL (SELECT CASE
        WHEN r.oid IS NULL THEN NULL
        WHEN a.wanted THEN pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
            AND pg_catalog.has_table_privilege(r.oid, c.oid, a.privilege)
        ELSE EXISTS (SELECT FROM becomes AS m
                     WHERE pg_catalog.has_schema_privilege(m.oid, n.oid, 'USAGE')
                       AND (pg_catalog.has_table_privilege(m.oid, c.oid, a.privilege)
                            OR CASE WHEN a.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                                    THEN pg_catalog.has_any_column_privilege(m.oid, c.oid, a.privilege) ELSE false END))
        END AS has) AS h
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND :scope
)
