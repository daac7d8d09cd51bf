INSERT INTO public.users (id) VALUES (500);
-- The next value is the largest that is there: behind by one.
SELECT setval('public.funds_id_seq', 4, false);
INSERT INTO public.notes VALUES (70);
INSERT INTO public.debts VALUES (-40);
INSERT INTO public.never_used VALUES (1);
