CREATE RULE too AS ON UPDATE TO public.t DO ALSO UPDATE public.other SET n = 99 WHERE id = new.id;
UPDATE t SET a = 0 WHERE id = 9;
DROP RULE too ON public.t;
