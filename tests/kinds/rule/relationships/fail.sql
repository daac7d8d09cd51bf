UPDATE public.products SET user_id = 999 WHERE id = 9;
UPDATE public.products SET user_code = 'nobody' WHERE id = 4;
-- Owner 5 exists, and group 1 exists, but not together.
UPDATE public.products SET group_id = 1 WHERE id = 5;
UPDATE public.products SET group_id = NULL WHERE id = 6;
