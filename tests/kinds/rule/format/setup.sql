CREATE TABLE public.people (id int PRIMARY KEY, email text, account uuid, iban text, born text);
INSERT INTO public.people SELECT n, 'p' || n || '@example.org', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'GB82WEST12345698765432', '1970-01-0' || n FROM generate_series(1, 9) AS n;
UPDATE public.people SET iban = NULL WHERE id = 9;
