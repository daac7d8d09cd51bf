-- Telephone numbers of profiles may change; a profile may not go.
DELETE FROM public.profiles WHERE user_id = 5;
