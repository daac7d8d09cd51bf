-- The statements of phases that run outside of a transaction: written down before they run, and again when they ended.
CREATE TABLE :"schema".:"statements" (
    attempt     bigint NOT NULL,
    phase       text NOT NULL,
    statement   bigint NOT NULL CHECK (statement > 0),
    event       text NOT NULL CHECK (event IN ('INTENT', 'FAILED', 'DONE')),
    sha256      text NOT NULL,
    excerpt     text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (attempt, statement, event)
);

COMMENT ON TABLE :"schema".:"statements" IS 'phasegate: statements outside of a transaction, by intent and end; after a crash the catalog is asked what an INTENT without DONE came to';
COMMENT ON COLUMN :"schema".:"statements".attempt IS 'the attempt in the log';
COMMENT ON COLUMN :"schema".:"statements".phase IS 'the stem of the phase''s file';
COMMENT ON COLUMN :"schema".:"statements".statement IS 'number of the statement in the file, from 1';
COMMENT ON COLUMN :"schema".:"statements".event IS 'INTENT: about to run; FAILED: the server ended it with an error; DONE: took effect';
COMMENT ON COLUMN :"schema".:"statements".sha256 IS 'SHA-256 of the statement''s text';
COMMENT ON COLUMN :"schema".:"statements".excerpt IS 'how the statement begins';
COMMENT ON COLUMN :"schema".:"statements".recorded_at IS 'when this row was made, by the server''s clock';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON :"schema".:"statements"
    FOR EACH STATEMENT EXECUTE FUNCTION :"schema".:"guard"();
