ALTER TABLE public.b ALTER n TYPE text;
