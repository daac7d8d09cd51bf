-- Tables, and what the server knows of their content.
WITH judged AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS k0, 1 AS n, p.problem, p.problem IS NOT NULL AS differs
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_stat_all_tables AS s ON s.relid = c.oid
    CROSS JOIN LATERAL (SELECT greatest(s.last_analyze, s.last_autoanalyze) AS analyzed) AS a
    CROSS JOIN LATERAL (SELECT nullif(pg_catalog.concat_ws('; ',
        -- CREATE INDEX and VACUUM count a table's rows as well, so that they are known does not say that it was analyzed.
        CASE WHEN a.analyzed IS NULL THEN 'never analyzed, as far as the server''s counters go back'
             WHEN a.analyzed < pg_catalog.now() - :'max_age'::interval
             THEN pg_catalog.format('last analyzed at %s', pg_catalog.date_trunc('second', a.analyzed)) END,
        CASE WHEN s.n_dead_tup > 1000 AND 100.0 * s.n_dead_tup / (s.n_live_tup + s.n_dead_tup) > :'max_dead_percent'::numeric
             THEN pg_catalog.format('%s dead rows beside %s', s.n_dead_tup, s.n_live_tup) END,
        CASE WHEN s.n_mod_since_analyze > 1000 AND s.n_mod_since_analyze > s.n_live_tup
             THEN pg_catalog.format('%s rows changed since', s.n_mod_since_analyze) END), '') AS problem) AS p
    WHERE c.relkind IN ('r', 'm') AND :scope
)
