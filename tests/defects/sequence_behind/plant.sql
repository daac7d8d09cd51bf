-- The sequence falls behind its column: the next insert collides with a row.
SELECT setval('public.transactions_id_seq', 3700);
