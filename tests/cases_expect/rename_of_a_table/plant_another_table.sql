DELETE FROM public.kept;
