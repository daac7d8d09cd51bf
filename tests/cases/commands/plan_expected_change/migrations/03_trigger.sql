-- phasegate: changes data public.users (email, updated_at)
-- phasegate: inserts public.audit
UPDATE users SET email = lower(email);
