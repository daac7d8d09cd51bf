CREATE TABLE users (id int PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 100);
