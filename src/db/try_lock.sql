SELECT pg_catalog.pg_try_advisory_xact_lock(:'key'::bigint) AS held
