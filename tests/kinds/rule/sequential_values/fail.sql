DELETE FROM public.invoices WHERE id = 4;
UPDATE public.invoices SET number = 2 WHERE id = 5;
