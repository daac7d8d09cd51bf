-- How many clients are being served now, without those that take the snapshot. A role that may not see the sessions of
-- others (it needs pg_read_all_stats) sees none of them active.
SELECT pg_catalog.count(*) AS active
FROM pg_catalog.pg_stat_activity a
WHERE a.state = 'active' AND a.backend_type = 'client backend' AND a.pid <> ALL (:'own'::int4[])
