UPDATE public.docs SET body = '{"a": {}}' WHERE id = 1;
UPDATE public.docs SET body = jsonb_set(body, '{a,b}', '"2"') WHERE id = 2;
UPDATE public.docs SET body = jsonb_set(body, '{tags,1}', '7') WHERE id = 3;
UPDATE public.docs SET body = '[]' WHERE id = 4;
UPDATE public.docs SET raw = '{"secret": null}' WHERE id = 5;
UPDATE public.docs SET raw = NULL WHERE id = 6;
