-- Lets a view say each of its rows twice, inside a transaction that is rolled back. What it is made of is left as it is: where
-- the query reads that too, a change of it would change both.
DO $phasegate$
DECLARE
    target CONSTANT oid := :'view'::regclass;
    says CONSTANT text := pg_catalog.rtrim(pg_catalog.pg_get_viewdef(target), ';');
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = target AND relkind = 'v') THEN
        -- By its full name: what has none would be made in the first schema of the path.
        EXECUTE pg_catalog.format('CREATE OR REPLACE VIEW %s AS SELECT * FROM (%s) AS v UNION ALL SELECT * FROM (%s) AS v',
                                  :'view', says, says);
    END IF;
END
$phasegate$
