ALTER TABLE public.notes DROP COLUMN author;
