CREATE TABLE public.readings (meter int, at timestamp, value numeric);
INSERT INTO public.readings SELECT n, '2024-01-01', n FROM generate_series(1, 9) AS n;
INSERT INTO public.readings VALUES (NULL, NULL, 1), (NULL, NULL, 2);
