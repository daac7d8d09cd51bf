CREATE TABLE public.holdings (id int PRIMARY KEY, fund_id int);
INSERT INTO public.holdings SELECT n, n / 2 FROM generate_series(1, 10) AS n;
CREATE INDEX holdings_fund_id_idx ON public.holdings (fund_id);
