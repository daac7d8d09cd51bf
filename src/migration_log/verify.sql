-- Every hashed column in the text form that was hashed.
SELECT seq, attempt, run_id, phase, file, status, transaction_mode, raw_sha256, normalised_sha256, statements,
       rows_affected,
       pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started_at,
       pg_catalog.to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at,
       took_ms, xid, backend_pid,
       pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS backend_start,
       role, client, error_code, error_message, error_at, reason, prev_hash, row_hash
FROM :"schema".:"log"
ORDER BY seq
