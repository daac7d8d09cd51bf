UPDATE public.feed SET came = '2020-01-01 00:00+00', priced = CASE WHEN id = 1 THEN date '2999-01-01' END, planned = NULL;
