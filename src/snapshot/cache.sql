-- How much the server says that it and its system keep in memory.
SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('effective_cache_size')) AS bytes
