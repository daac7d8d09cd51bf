CREATE TABLE notes (id integer PRIMARY KEY, name text, mail text);
INSERT INTO notes VALUES (1, 'one', 'one@example.org'), (2, '', 'two@example.org'), (3, 'three', 'three@example.org'),
    (4, repeat('so on, ', 30) || 'a' || repeat(' and on', 30), 'four@example.org'), (5, 'NULL', NULL);
CREATE TABLE parts (maker text, number integer, price numeric(12,2), PRIMARY KEY (maker, number));
INSERT INTO parts VALUES ('O''Hara "&" Co', 1, 10.00), (E'two\nlines\\', 2, 20.00), ('plain', 3, 30.00);
CREATE TABLE members (mail text PRIMARY KEY, points integer NOT NULL, photo bytea);
INSERT INTO members VALUES ('ada@example.org', 1, '\x01'), ('bob@example.org', 2, '\x02');
CREATE TABLE bag (word text, times integer);
INSERT INTO bag VALUES ('a', 1), ('a', 1), ('b', NULL);
