UPDATE public.logs SET message = 'key AKIA' || 'IOSFODNN7EXAMPLE used' WHERE id = 1;
UPDATE public.logs SET message = 'ghp_' || repeat('a1B2', 9) WHERE id = 2;
UPDATE public.logs SET message = 'bearer eyJhbGciOiJIUzI1NiJ9.' || 'eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl' WHERE id = 3;
UPDATE public.logs SET detail = 'postgresql://jo:hunter22@db1/portal' WHERE id = 4;
UPDATE public.logs SET message = 'login with password=hunter22' WHERE id = 5;
UPDATE public.logs SET message = E'-----BEGIN RSA PRIVATE KEY-----\nMII' WHERE id = 6;
UPDATE public.logs SET detail = '{"api_key": "0123456789abcdef"}' WHERE id = 7;
UPDATE public.logs SET message = 'xoxb-123456789012-abcdef' WHERE id = 8;
INSERT INTO public.keyless VALUES ('the secret=hunter22 is out', 'info');
