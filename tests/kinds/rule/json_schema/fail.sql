UPDATE public.docs SET body = '{"age": 1}' WHERE id = 1;
UPDATE public.docs SET body = '{"name": 2}' WHERE id = 2;
UPDATE public.docs SET body = '{"name": "n", "extra": true}' WHERE id = 3;
UPDATE public.docs SET body = '["name"]' WHERE id = 4;
UPDATE public.docs SET body = '"name"' WHERE id = 5;
UPDATE public.docs SET body = NULL WHERE id = 6;
