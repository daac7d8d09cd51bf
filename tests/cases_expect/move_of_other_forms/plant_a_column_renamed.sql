ALTER TABLE public.b RENAME n TO m;
