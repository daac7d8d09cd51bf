CREATE TABLE public.people (id int);
CREATE TABLE public.secrets (id int);
DO $$ BEGIN CREATE ROLE kinds_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA public TO kinds_reader;
GRANT SELECT ON public.people, public.secrets TO kinds_reader;
