INSERT INTO public.people (id) VALUES (11);
INSERT INTO public.people (number) VALUES (1000);
UPDATE public.people SET other = 60 WHERE id = 9;
-- Set and not asked yet: what counts is where it was set.
SELECT setval('public.later', 1, false);
INSERT INTO public.below VALUES (-6);
