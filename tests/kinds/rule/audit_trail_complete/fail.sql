DELETE FROM public.audit WHERE of_table = 'accounts' AND of_row = '4';
UPDATE public.accounts SET changed = '2024-01-01 12:00:01+00' WHERE id = 5;
