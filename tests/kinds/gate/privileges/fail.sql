REVOKE CREATE ON SCHEMA public FROM kinds_migrator;
REVOKE USAGE ON SCHEMA hidden FROM kinds_migrator;
CREATE TABLE public.migration_log (id int);
