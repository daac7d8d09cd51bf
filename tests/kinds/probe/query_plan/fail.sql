DROP INDEX transactions_user_id_idx;
CREATE FUNCTION slow(x int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_sleep(0.03); RETURN x; END $$;
