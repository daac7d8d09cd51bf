UPDATE public.notes SET body = 'write to jo@example.org' WHERE id = 1;
UPDATE public.notes SET remark = 'card 4111 1111 1111 1111, thanks' WHERE id = 2;
UPDATE public.notes SET body = 'NI QQ no, AB 12 34 56 C yes' WHERE id = 3;
UPDATE public.notes SET body = 'call +44 20 7946 0958' WHERE id = 4;
UPDATE public.scans SET page = convert_to('über jo@example.org', 'UTF8') WHERE id = 2;
UPDATE public.scans SET page = convert_to('Straße4111111111111111é', 'UTF8') WHERE id = 3;
