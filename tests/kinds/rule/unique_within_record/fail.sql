UPDATE public.people SET mobile = home WHERE id = 1;
UPDATE public.people SET mobile = work WHERE id = 2;
UPDATE public.people SET work = NULL WHERE id = 3;
