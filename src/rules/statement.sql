SET LOCAL statement_timeout = :'timeout_ms';
-- A policy would hide rows and let what is hidden pass; off, the server refuses such a query instead.
SET LOCAL row_security = off;
SET LOCAL search_path = :search_path;
SET LOCAL enable_hashagg = :hash_aggregate;
-- An index that is out of order, or lacks a row, would hide the very duplicates that are looked for.
SET LOCAL enable_indexscan = :index;
SET LOCAL enable_indexonlyscan = :index;
SET LOCAL enable_bitmapscan = :index;
SET LOCAL max_parallel_workers_per_gather = :workers;
SET LOCAL jit_above_cost = DEFAULT;
SET LOCAL work_mem = DEFAULT;
