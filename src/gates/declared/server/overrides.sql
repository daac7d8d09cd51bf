-- What roles have instead, in this database or in all: ALTER ROLE .. SET, ALTER DATABASE .. SET. A role that cannot log in
-- starts no session with it.
SELECT r.rolname AS role, r.rolname = session_user AS is_mine,
       coalesce((SELECT d.datname FROM pg_catalog.pg_database AS d WHERE d.oid = s.setdatabase), 'every database') AS place,
       pg_catalog.split_part(c.entry, '=', 1) AS name,
       pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) AS value
FROM pg_catalog.pg_db_role_setting AS s
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(entry)
WHERE (s.setdatabase = 0
       OR s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
  AND (s.setrole = 0 OR r.rolcanlogin)
ORDER BY 1, 3, 4
