-- The log of phases. One row an attempt; an attempt outside of a transaction has a RUNNING row besides.
CREATE TABLE :"schema".:"log" (
    seq               bigint PRIMARY KEY CHECK (seq > 0),
    attempt           bigint NOT NULL,
    run_id            text NOT NULL,
    phase             text NOT NULL,
    file              text NOT NULL,
    status            text NOT NULL CHECK (status IN ('RUNNING', 'SUCCESS', 'ERROR', 'ROLLED_BACK', 'ADOPTED')),
    transaction_mode  text NOT NULL,
    raw_sha256        text NOT NULL,
    normalised_sha256 text NOT NULL,
    statements        bigint NOT NULL,
    rows_affected     bigint NOT NULL,
    started_at        timestamptz NOT NULL,
    recorded_at       timestamptz NOT NULL,
    took_ms           numeric(16, 3) NOT NULL,
    xid               text,
    backend_pid       integer,
    backend_start     timestamptz,
    role              text NOT NULL,
    client            text NOT NULL,
    error_code        text,
    error_message     text,
    error_at          text,
    reason            text,
    prev_hash         text NOT NULL,
    row_hash          text NOT NULL
);

COMMENT ON TABLE :"schema".:"log" IS 'phasegate: which phases ran, and how each attempt ended; append-only and hash-chained (phasegate log --verify)';
COMMENT ON COLUMN :"schema".:"log".seq IS 'place in the log, from 1 without gaps';
COMMENT ON COLUMN :"schema".:"log".attempt IS 'seq of the first row of the attempt';
COMMENT ON COLUMN :"schema".:"log".run_id IS 'run of phasegate; its evidence is in snapshots/<run_id>/';
COMMENT ON COLUMN :"schema".:"log".phase IS 'the stem of the phase''s file';
COMMENT ON COLUMN :"schema".:"log".file IS 'the phase''s file name';
COMMENT ON COLUMN :"schema".:"log".status IS 'RUNNING: begun outside of a transaction; SUCCESS; ERROR; ROLLED_BACK; ADOPTED';
COMMENT ON COLUMN :"schema".:"log".transaction_mode IS 'phase: one transaction with this row; none: statement by statement';
COMMENT ON COLUMN :"schema".:"log".raw_sha256 IS 'SHA-256 of the file''s bytes';
COMMENT ON COLUMN :"schema".:"log".normalised_sha256 IS 'SHA-256 without byte order mark, trailing blanks and CR';
COMMENT ON COLUMN :"schema".:"log".statements IS 'statements that took effect in this attempt; 0 where it was rolled back';
COMMENT ON COLUMN :"schema".:"log".rows_affected IS 'rows that they inserted, updated, deleted, copied or returned';
COMMENT ON COLUMN :"schema".:"log".started_at IS 'when the attempt began, by the server''s clock';
COMMENT ON COLUMN :"schema".:"log".recorded_at IS 'when this row was made: started_at plus the time measured by the client';
COMMENT ON COLUMN :"schema".:"log".took_ms IS 'duration in milliseconds';
COMMENT ON COLUMN :"schema".:"log".xid IS 'transaction id (xid8) of a transactional phase, for pg_xact_status';
COMMENT ON COLUMN :"schema".:"log".backend_pid IS 'server process that ran it';
COMMENT ON COLUMN :"schema".:"log".backend_start IS 'when that process began; with its pid it is unmistakable';
COMMENT ON COLUMN :"schema".:"log".role IS 'role that ran it';
COMMENT ON COLUMN :"schema".:"log".client IS 'version of phasegate';
COMMENT ON COLUMN :"schema".:"log".error_code IS 'SQLSTATE of the failure';
COMMENT ON COLUMN :"schema".:"log".error_message IS 'message of the failure';
COMMENT ON COLUMN :"schema".:"log".error_at IS 'file:line:column and statement number of the failure';
COMMENT ON COLUMN :"schema".:"log".reason IS 'why a person changed the log: adoption, reblessing, rollback';
COMMENT ON COLUMN :"schema".:"log".prev_hash IS 'row_hash of the row before; 64 zeros for the first';
COMMENT ON COLUMN :"schema".:"log".row_hash IS 'SHA-256 over prev_hash and every other column';

-- Append-only by the server's own hand. An owner can take the trigger away; the hash chain then shows what was done.
CREATE FUNCTION :"schema".:"guard"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING HINT = 'a correction is a new row; see phasegate log';
END
$guard$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON :"schema".:"log"
    FOR EACH STATEMENT EXECUTE FUNCTION :"schema".:"guard"();
