UPDATE t SET a = -a WHERE id <= 3;
-- next phase
CREATE TEMP TABLE work AS SELECT 1 AS id;
DELETE FROM t WHERE id IN (SELECT id FROM work);
