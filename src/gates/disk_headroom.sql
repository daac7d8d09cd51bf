-- The setting is hidden from roles without pg_read_all_settings; pg_settings leaves it out instead of failing.
SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS database_bytes,
       (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory') AS data_directory
