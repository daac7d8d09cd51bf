-- changes of portfolios and of the persons of a client group are written into the audit trail, whoever makes them
SELECT wanted.table_name, wanted.trigger_name
FROM (VALUES ('portfolios', 'portfolios_write_activity'), ('product_owners', 'product_owners_write_activity'))
    AS wanted (table_name, trigger_name)
LEFT JOIN pg_catalog.pg_class AS owner
    ON owner.relname = wanted.table_name AND owner.relnamespace = pg_catalog.to_regnamespace('public')
LEFT JOIN pg_catalog.pg_trigger AS found ON found.tgrelid = owner.oid AND found.tgname = wanted.trigger_name
WHERE found.oid IS NULL OR found.tgenabled NOT IN ('O', 'A')
