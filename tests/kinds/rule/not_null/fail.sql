UPDATE public.profiles SET phone = NULL WHERE user_id IN (3, 7);
UPDATE public.profiles SET email = NULL WHERE user_id IN (2, 4, 6);
UPDATE public.profiles SET town = CASE user_id WHEN 5 THEN '' WHEN 6 THEN 'N/A' WHEN 7 THEN 'it''s -- unknown' END WHERE user_id IN (5, 6, 7, 8);
UPDATE public.profiles SET photo = CASE user_id WHEN 1 THEN '' ELSE convert_to('N/A', 'UTF8') END WHERE user_id < 3;
