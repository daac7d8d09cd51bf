UPDATE public.profiles SET phone = NULL WHERE user_id IN (3, 7);
UPDATE public.profiles SET email = NULL WHERE user_id IN (2, 4, 6);
