UPDATE public.people SET email = 'p1@example' WHERE id = 1;
UPDATE public.people SET email = 'p 2@example.org' WHERE id = 2;
UPDATE public.people SET email = NULL WHERE id = 3;
UPDATE public.people SET iban = 'GB82 WEST' WHERE id = 4;
UPDATE public.people SET born = '1970-13-01' WHERE id = 5;
UPDATE public.people SET born = '01/02/1970' WHERE id = 6;
