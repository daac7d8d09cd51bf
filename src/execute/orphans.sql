-- Work sessions of this name other than ours. We hold the run's lock, so whoever began them is gone.
SELECT pid, pg_catalog.left(pg_catalog.regexp_replace(query, '\s+', ' ', 'g'), 120) AS query
FROM pg_catalog.pg_stat_activity
WHERE application_name = :'name' AND datname = pg_catalog.current_database()
  AND pid <> pg_catalog.pg_backend_pid() AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)')
ORDER BY pid
LIMIT 1
