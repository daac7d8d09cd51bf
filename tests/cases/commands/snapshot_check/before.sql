CREATE TABLE t (id bigint PRIMARY KEY, name text, amount numeric, seen timestamptz);
INSERT INTO t VALUES (1, 'one', 1.0, now()), (2, 'two', 2.0, now());
CREATE TABLE left_out (id int);
