CREATE TABLE public.portfolios (id int PRIMARY KEY, value numeric(12,2), weight float8, status text);
CREATE TABLE public.holdings (id int PRIMARY KEY, portfolio_id int, units int, price numeric(12,2), weight float8, is_sold boolean DEFAULT false);
INSERT INTO public.holdings SELECT n, (n + 1) / 2, n, 1.25, 0.1 FROM generate_series(1, 10) AS n;
INSERT INTO public.portfolios SELECT portfolio_id, sum(units * price), 0.2, 'open' FROM public.holdings GROUP BY 1;
INSERT INTO public.portfolios VALUES (6, 0, 0, 'open'), (7, 12, 0, 'closed');
INSERT INTO public.holdings VALUES (20, 7, 100, 1, 0, false), (21, 1, 5, 5, 0, true);
-- Of sixteen digits a float holds all, and its cast to a numeric fifteen.
ALTER TABLE public.portfolios ADD ticks float8;
ALTER TABLE public.holdings ADD ticks float8;
UPDATE public.portfolios SET ticks = 1234567890123457;
UPDATE public.holdings SET ticks = CASE id % 2 WHEN 0 THEN 1 ELSE 1234567890123456 END;
