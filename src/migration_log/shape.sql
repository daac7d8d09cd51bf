-- Is the log there, and is it one of phasegate's?
SELECT pg_catalog.to_regclass(:'log_name') IS NOT NULL AS log_exists,
       EXISTS (SELECT FROM pg_catalog.pg_attribute
               WHERE attrelid = pg_catalog.to_regclass(:'log_name') AND attname = 'row_hash' AND NOT attisdropped) AS is_log,
       pg_catalog.to_regclass(:'statements_name') IS NOT NULL AS statements_exist
