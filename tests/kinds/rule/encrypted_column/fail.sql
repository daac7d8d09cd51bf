UPDATE public.people SET ssn = ssn_plain WHERE id = 1;
UPDATE public.people SET ssn = 'AAAA' WHERE id = 2;
UPDATE public.people SET note = 'the client is ill, says his wife'::bytea WHERE id = 3;
UPDATE public.people SET note = NULL WHERE id = 4;
UPDATE public.people SET token = 'correct horse battery staple' WHERE id = 5;
UPDATE public.people SET ssn_bytes = convert_to(ssn_plain, 'UTF8') WHERE id = 6;
