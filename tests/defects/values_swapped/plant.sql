-- Two holdings trade their book cost: count, sum, least and greatest stay what they are.
UPDATE public.holdings AS h
SET book_cost = o.book_cost
FROM public.holdings AS o
WHERE (h.id, o.id) IN ((1, 2), (2, 1));
