-- contributions and dividends bring money in, withdrawals and fees take it out
SELECT t.id, t.type, t.amount
FROM public.transactions AS t
WHERE (t.type IN ('contribution', 'dividend') AND t.amount < 0)
   OR (t.type IN ('withdrawal', 'fee') AND t.amount > 0)
