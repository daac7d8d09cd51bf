DO $$ BEGIN DELETE FROM public.other WHERE id = 8; END $$;
