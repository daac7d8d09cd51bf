-- Somebody silenced a trigger for a mass update and forgot to wake it.
ALTER TABLE public.portfolios DISABLE TRIGGER portfolios_touch_updated_at;
