-- How many sessions there may be, how many of them only administrators may have, how many there are; and the same of this
-- database (-1: no limit of its own). Reserved connections have a second setting from 16 on.
SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS may_see,
       current_setting('max_connections')::bigint AS most,
       current_setting('superuser_reserved_connections')::bigint
         + coalesce(current_setting('reserved_connections', true)::bigint, 0) AS reserved,
       count(*) AS used,
       (SELECT d.datconnlimit FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AS most_here,
       count(*) FILTER (WHERE datname = pg_catalog.current_database()) AS used_here
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend'
