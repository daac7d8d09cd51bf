-- Units lose what stands behind the second decimal, in all rows that have some.
UPDATE public.transactions SET units = round(units, 2);
