CREATE TABLE transactions (id int PRIMARY KEY, user_id int NOT NULL, amount numeric NOT NULL);
INSERT INTO transactions SELECT n, n % 100, n FROM generate_series(1, 20000) AS n;
CREATE INDEX transactions_user_id_idx ON transactions (user_id);
ANALYZE transactions;
