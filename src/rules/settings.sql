SET LOCAL statement_timeout = :'timeout_ms';
SET LOCAL search_path = :search_path;
SET LOCAL enable_hashagg = :hash_aggregate;
