UPDATE public.spans SET high = low - 1 WHERE id = 1;
UPDATE public.spans SET stored = 2.011 WHERE id = 2;
UPDATE public.spans SET stored = 3.02 WHERE id = 3;
UPDATE public.spans SET derived = 'NaN' WHERE id = 4;
UPDATE public.spans SET stored = NULL WHERE id = 5;
UPDATE public.spans SET high = NULL WHERE id = 6;
UPDATE public.ids SET b = 1234567890123457;
