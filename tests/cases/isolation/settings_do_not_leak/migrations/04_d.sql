-- phasegate: inserts public.seen
INSERT INTO seen SELECT current_user, current_setting('search_path'), current_setting('session_replication_role'), to_regclass('pg_temp.scratch')::text, current_setting('TimeZone'), 'four';
