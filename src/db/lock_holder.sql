-- Who holds the run's lock, and what its work session is doing: the holder of the work sessions' own lock.
SELECT l.pid,
       coalesce(a.application_name, '') AS application_name,
       coalesce(a.client_hostname, pg_catalog.host(a.client_addr), '') AS host,
       pg_catalog.to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS since,
       -- Before it waits for an earlier run's work to end it holds no lock of its own: then its name tells.
       (SELECT pg_catalog.left(pg_catalog.regexp_replace(w.query, '\s+', ' ', 'g'), 120)
        FROM pg_catalog.pg_stat_activity w
        WHERE w.datname = a.datname AND w.state <> 'idle' AND w.pid <> a.pid
          AND (w.application_name = pg_catalog.regexp_replace(a.application_name, ' lock$', ' work')
               OR EXISTS (SELECT FROM pg_catalog.pg_locks k
                          WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 1 AND k.pid = w.pid
                            AND ((k.classid::bigint << 32) | k.objid::bigint) = :'work_key'::bigint))
        ORDER BY w.query_start DESC LIMIT 1) AS query
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND ((l.classid::bigint << 32) | l.objid::bigint) = :'key'::bigint
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
LIMIT 1
