CREATE TABLE public.unknown (id int);
INSERT INTO public.unknown VALUES (1);
