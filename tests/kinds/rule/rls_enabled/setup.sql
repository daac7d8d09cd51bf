CREATE TABLE public.secrets (id int PRIMARY KEY, owner name);
ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.secrets USING (owner = current_user);
