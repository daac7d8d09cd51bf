-- phasegate: derive
UPDATE t SET a = -a WHERE id <= 3;
INSERT INTO public.t VALUES (21, 21, 'new');
DELETE FROM t WHERE id = 20;
CREATE TABLE notes (id int PRIMARY KEY, body text);
INSERT INTO notes VALUES (1, 'first');
CREATE INDEX t_a ON t (a);
ALTER TABLE t ADD COLUMN c text DEFAULT 'c', ADD CONSTRAINT t_small CHECK (id < 1000);
DELETE FROM parent WHERE id = 9;
UPDATE parent SET code = 'c8 new' WHERE id = 8;
