ALTER TABLE public.t RENAME a TO b;
