-- All rows, oldest first. A RUNNING row is live while the server process that it names is still at work.
SELECT l.seq, l.attempt, l.run_id, l.phase, l.status, l.transaction_mode, l.raw_sha256, l.normalised_sha256,
       pg_catalog.to_char(l.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at,
       l.took_ms, l.row_hash,
       CASE WHEN l.status = 'ERROR'
            THEN pg_catalog.concat_ws(': ', l.error_at, l.error_message || coalesce(' (sqlstate ' || l.error_code || ')', ''))
       END AS error,
       l.status = 'RUNNING' AND EXISTS (
           SELECT FROM pg_catalog.pg_stat_activity a
           WHERE a.pid = l.backend_pid AND a.state IS DISTINCT FROM 'idle'
             AND coalesce(a.backend_start = l.backend_start, true)
       ) AS live
FROM :"schema".:"log" l
ORDER BY l.seq
