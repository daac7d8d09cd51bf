-- All rows, oldest first: the hashed columns in their order and in the text that was hashed, then whether a RUNNING row is
-- live, which it is while the server process that it names is still at work.
SELECT l.seq, l.attempt, l.run_id, l.phase, l.file, l.status, l.transaction_mode, l.raw_sha256, l.normalised_sha256,
       l.statements, l.rows_affected,
       pg_catalog.to_char(l.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started_at,
       pg_catalog.to_char(l.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at,
       l.took_ms, l.xid, l.backend_pid,
       pg_catalog.to_char(l.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS backend_start,
       l.role, l.client, l.error_code, l.error_message, l.error_at, l.reason, l.prev_hash, l.row_hash,
       l.status = 'RUNNING' AND EXISTS (
           SELECT FROM pg_catalog.pg_stat_activity a
           WHERE a.pid = l.backend_pid AND a.state IS DISTINCT FROM 'idle'
             AND coalesce(a.backend_start = l.backend_start, true)
       ) AS live
FROM :"schema".:"log" l
ORDER BY l.seq
