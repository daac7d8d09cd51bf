-- the views that the application reads are there, and the materialized one was filled
SELECT wanted.name
FROM (VALUES ('client_dashboard_view', 'v'), ('portfolio_performance_view', 'v'), ('portfolio_holdings_view', 'v'),
             ('provider_summary', 'm')) AS wanted (name, kind)
LEFT JOIN pg_catalog.pg_class AS found
    ON found.relname = wanted.name AND found.relkind::text = wanted.kind
    AND found.relnamespace = pg_catalog.to_regnamespace('public')
WHERE found.oid IS NULL OR NOT found.relispopulated
