ALTER TABLE public.fees ALTER fee TYPE float8;
