-- Every index of the users' tables: how often it was scanned since the statistics began, how large it is, and whether a
-- key, a constraint or replication needs it whether it is scanned or not.
SELECT s.schemaname || '.' || s.indexrelname AS name,
       s.idx_scan AS scans,
       pg_catalog.pg_relation_size(s.indexrelid) AS bytes,
       i.indisunique OR i.indisexclusion OR i.indisreplident
         OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conindid = s.indexrelid) AS is_needed,
       (extract(epoch FROM now() - d.stats_reset) / 86400)::numeric(12, 4) AS days
FROM pg_catalog.pg_stat_user_indexes AS s
JOIN pg_catalog.pg_index AS i USING (indexrelid)
CROSS JOIN (SELECT stats_reset FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()) AS d
ORDER BY bytes DESC, name
