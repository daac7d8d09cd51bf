UPDATE public.meters SET total = 1 WHERE id = 5;
UPDATE public.meters SET left_over = 93 WHERE id = 8;
