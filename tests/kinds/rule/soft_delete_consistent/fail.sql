UPDATE public.accounts SET deleted_at = NULL WHERE id = 3;
UPDATE public.clients SET deleted_at = current_date WHERE id = 1;
