SET session_replication_role = replica;
INSERT INTO public.children VALUES (3, 7, 7, 1), (4, 1, NULL, 1);
INSERT INTO public.pupils VALUES (3, 7, 7);
RESET session_replication_role;
ALTER TABLE public.children DROP CONSTRAINT children_units_check;
UPDATE public.children SET units = -1 WHERE id = 1;
ALTER TABLE public.children ADD CONSTRAINT units_are_positive CHECK (units > 0) NOT VALID;
ALTER TABLE public.pupils DISABLE TRIGGER ALL;
-- Only what is replicated is looked at by such a trigger.
DO $$
DECLARE command text;
BEGIN
    FOR command IN SELECT format('ALTER TABLE public.graduates ENABLE REPLICA TRIGGER %I', tgname)
                   FROM pg_trigger WHERE tgrelid = 'public.graduates'::regclass
    LOOP EXECUTE command; END LOOP;
END $$;
ALTER DOMAIN public.mark ADD CONSTRAINT at_most_six CHECK (VALUE < 7) NOT VALID;
