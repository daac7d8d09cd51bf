-- phasegate: derive
UPDATE profiles SET id = 2;
SELECT tidy();
