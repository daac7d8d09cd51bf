-- One more label for the enum of a column, inside a transaction that is rolled back.
INSERT INTO pg_catalog.pg_enum (oid, enumtypid, enumsortorder, enumlabel)
SELECT pg_catalog.pg_nextoid('pg_enum'::regclass, 'oid', 'pg_enum_oid_index'::regclass), y.oid, 1 + pg_catalog.max(e.enumsortorder), 'of phasegate'
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS d ON d.oid = a.atttypid
JOIN pg_catalog.pg_type AS y ON y.oid = coalesce(nullif(d.typbasetype, 0), d.oid)
JOIN pg_catalog.pg_enum AS e ON e.enumtypid = y.oid
WHERE a.attrelid = :'table'::regclass AND a.attname = :'column'
GROUP BY y.oid
