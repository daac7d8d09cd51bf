UPDATE public.users SET role = 'client';
