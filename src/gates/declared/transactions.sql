-- Transactions that are open for longer than they may be, prepared ones too, and how many sessions hide from this role.
SELECT 'pid ' || a.pid AS name,
       pg_catalog.format('%s, %s, open for %s s, %s',
           CASE WHEN a.application_name = '' THEN 'no application name' ELSE a.application_name END,
           coalesce(a.usename, 'unknown role'),
           pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::bigint, a.state) AS problem,
       false AS is_prepared, false AS hidden
FROM pg_catalog.pg_stat_activity AS a
WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.datname IS NOT DISTINCT FROM CASE WHEN :'everywhere'::boolean THEN a.datname ELSE pg_catalog.current_database() END
  AND NOT (:'leave_out_own'::boolean AND a.application_name = pg_catalog.current_setting('application_name')
           AND a.usename = session_user)
  AND a.xact_start < pg_catalog.clock_timestamp() - :'max_age_ms'::bigint * interval '1 millisecond'
UNION ALL
SELECT 'prepared transaction ' || p.gid,
       pg_catalog.format('%s, prepared for %s s; it holds its locks until COMMIT PREPARED or ROLLBACK PREPARED', p.owner,
           pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared)::bigint),
       true, false
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = CASE WHEN :'everywhere'::boolean THEN p.database ELSE pg_catalog.current_database() END
  AND p.prepared < pg_catalog.clock_timestamp() - :'max_prepared_ms'::bigint * interval '1 millisecond'
UNION ALL
-- For a role without pg_read_all_stats the start of other roles' transactions is NULL.
SELECT 'pid ' || a.pid, NULL, false, true
FROM pg_catalog.pg_stat_activity AS a
WHERE a.query = '<insufficient privilege>'
  AND a.datname IS NOT DISTINCT FROM CASE WHEN :'everywhere'::boolean THEN a.datname ELSE pg_catalog.current_database() END
