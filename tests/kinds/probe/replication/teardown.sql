SELECT pg_catalog.pg_drop_replication_slot('forgotten_by_all');
