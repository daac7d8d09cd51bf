-- A column goes, with what people answered.
ALTER TABLE public.profiles DROP COLUMN marketing_consent;
