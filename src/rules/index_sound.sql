-- Each b-tree index, checked by amcheck. What it finds it raises as an error: the block catches it, so that one corrupt index
-- does not hide the others, and hands the findings over in a setting of this transaction. Without amcheck it fails whole.
DO $check$
DECLARE
    checked oid;
    findings jsonb = '{}';
BEGIN
    FOR checked IN
        SELECT i.indexrelid
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid AND ic.relkind = 'i' AND ic.relpersistence <> 't'
        JOIN pg_catalog.pg_am AS m ON m.oid = ic.relam AND m.amname = 'btree'
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE i.indisvalid AND :scope
    LOOP
        BEGIN
            PERFORM bt_index_check(checked::regclass, :heapallindexed);
            findings = findings || pg_catalog.jsonb_build_object(checked::text, NULL);
        EXCEPTION WHEN index_corrupted OR data_corrupted THEN
            findings = findings || pg_catalog.jsonb_build_object(checked::text, SQLERRM);
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('phasegate.findings', findings::text, true);
END
$check$;
WITH judged AS (
    SELECT f.key::oid::regclass::text AS k0, 1 AS n, f.value IS NOT NULL AS differs, f.value AS problem
    FROM pg_catalog.jsonb_each_text(pg_catalog.current_setting('phasegate.findings')::jsonb) AS f
)
