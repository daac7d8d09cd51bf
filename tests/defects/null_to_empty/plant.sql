-- A middle name that nobody stated becomes one that is stated to be none.
UPDATE public.profiles SET middle_name = '' WHERE user_id = 3;
