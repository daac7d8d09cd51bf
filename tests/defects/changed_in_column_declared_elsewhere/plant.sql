-- user_id is declared for product_owners; portfolios has a column of that name too. The new user exists.
UPDATE public.portfolios SET user_id = 2 WHERE id = 10;
