CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, note text);
INSERT INTO users SELECT n, n || '@example.com', repeat('x', 100) FROM generate_series(1, 20000) AS n;
