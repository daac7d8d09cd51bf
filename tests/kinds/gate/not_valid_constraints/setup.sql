CREATE TABLE public.funds (id int PRIMARY KEY);
CREATE TABLE public.holdings (id int PRIMARY KEY, fund_id int CONSTRAINT holdings_fund_fk REFERENCES public.funds, units int CONSTRAINT units_are_positive CHECK (units > 0));
CREATE DOMAIN public.percent AS int;
