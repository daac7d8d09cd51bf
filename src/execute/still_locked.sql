-- Whoever lost the run's lock commits nothing any more: another run may have begun.
DO $phasegate$
BEGIN
    IF NOT (:held) THEN
        RAISE EXCEPTION 'the run''s lock is no longer held'
            USING ERRCODE = '55000', HINT = 'its connection was ended (by an administrator, or with the server); migrate again';
    END IF;
END
$phasegate$;
