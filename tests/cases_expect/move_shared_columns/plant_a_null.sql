UPDATE public.notes SET author = NULL WHERE id = 1;
