CREATE TABLE public.people (id int);
CREATE TABLE public.secrets (id int);
DO $$ BEGIN CREATE ROLE kinds_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO kinds_reader;
GRANT SELECT ON public.people, public.secrets TO kinds_reader;
-- What it may become counts for what is forbidden, whether it inherits from that or not.
DO $$ BEGIN CREATE ROLE kinds_writer; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
ALTER ROLE kinds_reader NOINHERIT;
GRANT kinds_writer TO kinds_reader;
GRANT USAGE ON SCHEMA public TO kinds_writer;
