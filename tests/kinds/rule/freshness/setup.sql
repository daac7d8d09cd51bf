CREATE TABLE public.feed (id int PRIMARY KEY, came timestamptz, priced date, planned timestamp);
INSERT INTO public.feed SELECT n, now() - n * interval '1 minute', current_date - n, localtimestamp + interval '1 day' FROM generate_series(1, 5) AS n;
UPDATE public.feed SET priced = NULL WHERE id = 5;
