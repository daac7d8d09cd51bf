-- Settings beside what they should be: by their reset value, since this session pins some of its own. What SHOW says counts
-- only where the session did not change the setting.
WITH judged AS (
    SELECT e.name AS k0, 1 AS n,
           NOT coalesce(e.value IN (s.reset_val, s.reset_val || coalesce(s.unit, ''), CASE WHEN s.setting = s.reset_val THEN pg_catalog.current_setting(e.name, true) END), false)
               AS differs,
           CASE WHEN s.name IS NULL THEN 'there is no such setting, or this role may not see it'
                ELSE pg_catalog.format('%s where %s was expected', s.reset_val || coalesce(' ' || s.unit, ''), e.value) END AS problem
    FROM (VALUES :expected) AS e(name, value)
    LEFT JOIN pg_catalog.pg_settings AS s ON pg_catalog.lower(s.name) = pg_catalog.lower(e.name)
)
