CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL, pin text);
INSERT INTO t VALUES (1, 'one', '1111'), (2, 'two', '2222'), (3, 'three', '3333');
