-- Sets every sequence in scope to its last number, inside a transaction that is rolled back: RESTART is taken back with it,
-- where setval is not.
DO $phasegate$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT q.seqrelid::regclass AS name, CASE WHEN q.seqincrement > 0 THEN q.seqmax ELSE q.seqmin END AS last
                FROM pg_catalog.pg_sequence AS q
                JOIN pg_catalog.pg_class AS c ON c.oid = q.seqrelid
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE NOT q.seqcycle AND :scope LOOP
        EXECUTE pg_catalog.format('ALTER SEQUENCE %s RESTART WITH %s', item.name, item.last);
    END LOOP;
END
$phasegate$
