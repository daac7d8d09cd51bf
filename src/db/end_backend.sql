-- Ends a session that its client has given up, and says whether it is still there. The start tells it from a later
-- one with the same id.
SELECT pg_catalog.pg_terminate_backend(pid) AS told
FROM pg_catalog.pg_stat_activity
WHERE pid = :'pid'::int AND backend_start::text = :'started'
