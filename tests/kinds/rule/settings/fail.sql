DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET array_nulls = off', current_database());
    -- The session that measures pins this one itself, to what is expected.
    EXECUTE format('ALTER DATABASE %I SET "IntervalStyle" = iso_8601', current_database());
    EXECUTE format('ALTER DATABASE %I SET work_mem = 5120', current_database());
END $$;
