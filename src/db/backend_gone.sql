SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = :'pid'::int) AS still_there
