INSERT INTO public.people (id) VALUES (11);
INSERT INTO public.people (number) VALUES (1000);
UPDATE public.people SET other = 60 WHERE id = 9;
