-- The query is really run, in a transaction that can only read.
SET LOCAL search_path = :search_path;
EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) :query
