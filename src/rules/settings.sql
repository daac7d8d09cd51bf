SET LOCAL statement_timeout = :'timeout_ms';
-- A policy would hide rows and let what is hidden pass; off, the server refuses such a query instead.
SET LOCAL row_security = off;
SET LOCAL search_path = :search_path;
SET LOCAL enable_hashagg = :hash_aggregate;
