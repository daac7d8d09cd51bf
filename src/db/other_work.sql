-- The work session of an earlier run: whoever holds the work sessions' own lock.
SELECT l.pid, pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 120) AS query
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND ((l.classid::bigint << 32) | l.objid::bigint) = :'key'::bigint
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
LIMIT 1
