CREATE TABLE public.profiles (user_id bigint PRIMARY KEY, phone text, email text, closed_at date);
INSERT INTO public.profiles SELECT n, 'phone ' || n, 'mail ' || n, CASE WHEN n > 8 THEN date '2024-01-01' END FROM generate_series(1, 10) AS n;
-- A closed profile needs no phone: the filter leaves it out.
UPDATE public.profiles SET phone = NULL WHERE user_id = 10;
-- What only looks like a text that stands for nothing is a value.
ALTER TABLE public.profiles ADD COLUMN town text;
UPDATE public.profiles SET town = CASE user_id WHEN 1 THEN 'n/a' WHEN 2 THEN ' ' WHEN 3 THEN 'N/A ' ELSE 'Leeds' END;
ALTER TABLE public.profiles ADD COLUMN photo bytea DEFAULT '\xff00';
