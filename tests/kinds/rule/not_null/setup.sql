CREATE TABLE public.profiles (user_id bigint PRIMARY KEY, phone text, email text, closed_at date);
INSERT INTO public.profiles SELECT n, 'phone ' || n, 'mail ' || n, CASE WHEN n > 8 THEN date '2024-01-01' END FROM generate_series(1, 10) AS n;
-- A closed profile needs no phone: the filter leaves it out.
UPDATE public.profiles SET phone = NULL WHERE user_id = 10;
