-- Transactions of other clients that are older than the limit, and how many sessions hide from this role.
SELECT 'pid ' || a.pid AS name,
       pg_catalog.format('%s, %s, open for %s s, %s: %s',
           CASE WHEN a.application_name = '' THEN 'no application name' ELSE a.application_name END,
           coalesce(a.usename, 'unknown role'),
           pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::bigint, a.state,
           pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 100)) AS problem,
       false AS hidden
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend'
  AND a.pid <> ALL (ARRAY[:own_pids]::int[]) AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => :'max_age_s')
UNION ALL
SELECT 'prepared transaction ' || p.gid,
       pg_catalog.format('%s, prepared for %s s; it holds its locks until COMMIT PREPARED or ROLLBACK PREPARED', p.owner,
           pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared)::bigint),
       false
FROM pg_catalog.pg_prepared_xacts p
WHERE p.database = pg_catalog.current_database()
  AND p.prepared < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => :'max_age_s')
UNION ALL
-- For a role without pg_read_all_stats the start of other roles' transactions is NULL.
SELECT 'pid ' || a.pid, NULL, true
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = pg_catalog.current_database() AND a.query = '<insufficient privilege>'
  AND a.pid <> ALL (ARRAY[:own_pids]::int[])
