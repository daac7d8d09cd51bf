ALTER TABLE public.secrets NO FORCE ROW LEVEL SECURITY;
CREATE TABLE public.open (id int);
