UPDATE public.t SET a = b, b = a;
