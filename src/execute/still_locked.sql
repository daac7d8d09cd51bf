-- Whoever lost the run's lock commits nothing any more: another run may have begun. An unknown setting is the cheapest
-- error that plain SQL can raise; a DO block is compiled anew each time.
SELECT CASE WHEN :held THEN '' ELSE pg_catalog.set_config('phasegate_lock_is_lost', '', true) END;
