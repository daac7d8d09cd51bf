DO $$ BEGIN UPDATE public.t SET b = 'y' WHERE id = 9; END $$;
