DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET log_min_duration_statement = 100', current_database());
END $$;
