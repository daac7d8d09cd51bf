-- No less than the server gives by itself. Compiling conditions pays from several million rows on; sorts of large tables shall not
-- need many passes. Told by functions, since SET knows no expressions; they return no row.
SELECT FROM (
    SELECT pg_catalog.set_config('jit_above_cost', CASE WHEN s.jit < 0 THEN s.jit ELSE greatest(s.jit, 1000000) END::text, true) AS jit,
           pg_catalog.set_config('work_mem', greatest(s.memory, 16 << 20) / 1024 || 'kB', true) AS memory
    FROM (SELECT pg_catalog.current_setting('jit_above_cost')::float8 AS jit,
                 pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) AS memory) AS s
) AS made
WHERE made.jit IS NULL OR made.memory IS NULL;
