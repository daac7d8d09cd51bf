CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN NEW; END $f$;
CREATE TABLE public.funds (id int PRIMARY KEY);
CREATE TABLE public.holdings (id int PRIMARY KEY, fund_id int CONSTRAINT holdings_fund_fk REFERENCES public.funds);
CREATE TRIGGER touch_holdings BEFORE UPDATE ON public.holdings FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER touch_funds BEFORE UPDATE ON public.funds FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER meant_to_be_off BEFORE UPDATE ON public.funds FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.funds DISABLE TRIGGER meant_to_be_off;
