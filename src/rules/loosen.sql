-- Takes from a table what would keep a violating row out: constraints, unique indexes, NOT NULL, those of its domains too.
-- Inside a transaction that is rolled back. An identity is left where the rule is about its sequence.
DO $phasegate$
DECLARE
    item record;
    target CONSTANT regclass := :'table';
BEGIN
    FOR item IN SELECT k.conname FROM pg_catalog.pg_constraint AS k
                WHERE k.conrelid = target AND k.contype IN ('c', 'x', 'p', 'u') AND k.conislocal LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', target, item.conname);
    END LOOP;
    FOR item IN SELECT i.indexrelid::regclass AS name FROM pg_catalog.pg_index AS i
                WHERE i.indrelid = target AND i.indisunique LOOP
        EXECUTE pg_catalog.format('DROP INDEX %s CASCADE', item.name);
    END LOOP;
    FOR item IN SELECT a.attname, a.attidentity FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
                  AND NOT (:keep_identity AND a.attidentity <> '') LOOP
        IF item.attidentity <> '' THEN
            EXECUTE pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', target, item.attname);
        END IF;
        EXECUTE pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', target, item.attname);
    END LOOP;
    FOR item IN SELECT DISTINCT y.oid::regtype AS name, k.conname, y.typnotnull
                FROM pg_catalog.pg_attribute AS a
                JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid AND y.typtype = 'd'
                LEFT JOIN pg_catalog.pg_constraint AS k ON k.contypid = y.oid AND k.contype = 'c'
                WHERE a.attrelid = target AND NOT a.attisdropped LOOP
        IF item.conname IS NOT NULL THEN
            EXECUTE pg_catalog.format('ALTER DOMAIN %s DROP CONSTRAINT %I', item.name, item.conname);
        END IF;
        IF item.typnotnull THEN
            EXECUTE pg_catalog.format('ALTER DOMAIN %s DROP NOT NULL', item.name);
        END IF;
    END LOOP;
END
$phasegate$
