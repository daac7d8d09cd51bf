-- Writes down another version for each collation that has one, inside a transaction that is rolled back; for the database's
-- own too, where it is kept (from PostgreSQL 15 on).
DO $phasegate$
BEGIN
    UPDATE pg_catalog.pg_collation SET collversion = collversion || ' of phasegate' WHERE collversion IS NOT NULL;
    IF EXISTS (SELECT FROM pg_catalog.pg_attribute
               WHERE attrelid = 'pg_database'::regclass AND attname = 'datcollversion') THEN
        EXECUTE 'UPDATE pg_catalog.pg_database SET datcollversion = datcollversion || '' of phasegate'' '
            'WHERE datname = pg_catalog.current_database() AND datcollversion IS NOT NULL';
    END IF;
END
$phasegate$
