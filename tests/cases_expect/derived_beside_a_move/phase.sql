-- phasegate: derive
-- phasegate: moves public.a -> public.b
INSERT INTO b SELECT * FROM a;
DELETE FROM a;
