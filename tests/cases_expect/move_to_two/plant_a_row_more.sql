INSERT INTO public.holdings VALUES (9999, 1, 'stowaway');
