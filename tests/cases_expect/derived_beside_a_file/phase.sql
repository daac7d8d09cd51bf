-- phasegate: derive
UPDATE t SET a = -a WHERE id <= 3;
