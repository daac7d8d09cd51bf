CREATE SCHEMA hidden;
CREATE TABLE public.users (id int PRIMARY KEY);
CREATE TABLE hidden.salaries (id int PRIMARY KEY);
CREATE ROLE kinds_migrator LOGIN;
GRANT CREATE ON SCHEMA public TO kinds_migrator;
GRANT USAGE ON SCHEMA hidden TO kinds_migrator;
GRANT SELECT ON ALL TABLES IN SCHEMA public, hidden TO kinds_migrator;
