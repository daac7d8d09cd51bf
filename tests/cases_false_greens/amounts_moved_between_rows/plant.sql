UPDATE public.t SET v = v + CASE id WHEN 2 THEN 1 ELSE -1 END WHERE id IN (2, 4);
