SELECT pg_catalog.pg_xact_status(:'xid'::xid8) AS status
