CREATE TABLE users (id int PRIMARY KEY, phone text, email text, updated_at timestamptz);
CREATE TABLE logins (id int PRIMARY KEY);
CREATE TABLE profiles (id int PRIMARY KEY);
CREATE TABLE audit (id int PRIMARY KEY);
CREATE FUNCTION tidy() RETURNS int LANGUAGE sql AS 'SELECT 1';
