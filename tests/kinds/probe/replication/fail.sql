SELECT pg_catalog.pg_create_physical_replication_slot('forgotten_by_all', true);
