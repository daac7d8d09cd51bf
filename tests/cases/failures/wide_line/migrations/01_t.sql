-- phasegate: adds table public.t
CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO t VALUES (1, 'one'), (2, 'two');
INSERT INTO t (id, name) VALUES (10, 'a rather long value'), (11, 'another rather long value'), (12, nosuch), (13, 'yet another one that is long as well'), (14, 'and the last one of them');
