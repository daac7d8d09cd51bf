CREATE TYPE public.mood AS ENUM ('sad', 'happy');
CREATE TABLE public.t (id int PRIMARY KEY, v public.mood);
INSERT INTO public.t VALUES (1, 'sad'), (2, 'happy');
