-- Does something to every table in scope, inside a transaction that is rolled back.
DO $phasegate$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT c.oid, c.oid::regclass AS name, pg_catalog.format('%I.%I', n.nspname, c.relname) AS qualified
                FROM pg_catalog.pg_class AS c
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND :scope LOOP
        :statements
    END LOOP;
END
$phasegate$
