UPDATE public.clients SET email = upper(email) WHERE ref = 3;
