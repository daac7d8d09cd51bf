-- Which server this is, and the settings that text forms depend on.
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_database() AS database,
       pg_catalog.current_setting('server_encoding') AS encoding,
       (SELECT pg_catalog.json_object_agg(s, pg_catalog.current_setting(s) ORDER BY s)
        FROM pg_catalog.unnest(ARRAY['TimeZone', 'DateStyle', 'IntervalStyle', 'extra_float_digits', 'bytea_output',
                                     'xmloption', 'lc_monetary', 'search_path']) s) AS settings
