-- How many sessions there may be, how many of them only administrators may have, how many there are. Reserved
-- connections have a second setting from 16 on.
SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS may_see,
       current_setting('max_connections')::bigint AS most,
       current_setting('superuser_reserved_connections')::bigint
         + coalesce(current_setting('reserved_connections', true)::bigint, 0) AS reserved,
       count(*) AS used
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend'
