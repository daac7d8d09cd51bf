SELECT setval('public.people_id_seq', 2000000000), setval('public.people_small_seq', 17000);
SELECT setval('public.shared', 30000);
SELECT setval('public.unasked', 32000, false);
SELECT setval('public.down', -9000000000000000000);
SELECT setval('public.fed_from_above', -30000);
