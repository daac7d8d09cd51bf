-- phasegate: adds table public.t
CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO t VALUES (1, 'one'), (2, 'two');
