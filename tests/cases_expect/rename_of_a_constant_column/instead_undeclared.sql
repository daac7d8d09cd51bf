ALTER TABLE public.t DROP COLUMN flag;
ALTER TABLE public.t ADD COLUMN flag_new boolean NOT NULL DEFAULT false;
