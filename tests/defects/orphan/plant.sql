-- A portfolio points at a user who is not there, under a foreign key that claims to be valid.
UPDATE public.portfolios SET user_id = 999999 WHERE id = 9;
