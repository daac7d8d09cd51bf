-- Settings as a new session of this role gets them: what phasegate has set in its own session has no part in it. One that
-- only more privileged roles may see is not here.
SELECT s.name, s.reset_val AS value, s.unit, s.vartype AS kind, s.source = 'client' AS is_ours,
       CASE WHEN s.setting = s.reset_val THEN pg_catalog.current_setting(s.name, true) END AS shown
FROM pg_catalog.pg_settings AS s
WHERE pg_catalog.lower(s.name) = ANY (:'names'::text[])
