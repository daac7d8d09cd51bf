UPDATE public.people SET phone = NULL WHERE id = 7;
UPDATE public.people SET died = current_date WHERE id IN (2, 3);
