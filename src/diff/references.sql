-- Which table refers to which, so that repairs come in an order that foreign keys allow.
SELECT DISTINCT c.conrelid AS child, c.confrelid AS parent
FROM pg_catalog.pg_constraint c
WHERE c.contype = 'f' AND c.conrelid <> c.confrelid
