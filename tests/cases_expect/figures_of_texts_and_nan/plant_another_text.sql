UPDATE public.t SET note = '1.00';
