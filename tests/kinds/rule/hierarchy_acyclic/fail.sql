UPDATE public.tasks SET parent = 8 WHERE id = 2;
UPDATE public.tasks SET parent = 3 WHERE id = 3;
