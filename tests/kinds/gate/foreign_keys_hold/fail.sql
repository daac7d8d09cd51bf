SET session_replication_role = replica;
UPDATE public.products SET user_id = 99 WHERE id IN (2, 3);
-- The owner exists, but in the other group: each column alone would look sound.
UPDATE public.products SET group_id = 1 WHERE id = 4;
UPDATE public.products SET full_group_id = NULL WHERE id = 5;
UPDATE public.events SET user_id = 98 WHERE id = 1;
UPDATE public.keyless SET user_id = 97 WHERE user_id = 1;
RESET session_replication_role;
