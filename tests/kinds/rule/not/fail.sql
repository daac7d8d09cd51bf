UPDATE public.users SET name = 'Jo';
