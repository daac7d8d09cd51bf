-- Who holds the run's lock, and what its work session (which holds the work sessions' own lock) is doing.
SELECT l.pid,
       coalesce(a.application_name, '') AS application_name,
       coalesce(a.client_hostname, pg_catalog.host(a.client_addr), '') AS host,
       pg_catalog.to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS since,
       (SELECT pg_catalog.left(pg_catalog.regexp_replace(w.query, '\s+', ' ', 'g'), 120)
        FROM pg_catalog.pg_locks k
        JOIN pg_catalog.pg_stat_activity w ON w.pid = k.pid
        WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 1 AND k.database = l.database
          AND ((k.classid::bigint << 32) | k.objid::bigint) = :'work_key'::bigint
          AND w.state <> 'idle'
        LIMIT 1) AS query
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND ((l.classid::bigint << 32) | l.objid::bigint) = :'key'::bigint
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
LIMIT 1
