-- The stored value of one portfolio is no longer the sum of its holdings.
UPDATE public.portfolios SET calculated_value = calculated_value + 0.01 WHERE id = 42;
