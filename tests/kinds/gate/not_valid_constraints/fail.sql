ALTER TABLE public.holdings DROP CONSTRAINT holdings_fund_fk,
    ADD CONSTRAINT holdings_fund_fk FOREIGN KEY (fund_id) REFERENCES public.funds NOT VALID,
    DROP CONSTRAINT units_are_positive, ADD CONSTRAINT units_are_positive CHECK (units > 0) NOT VALID;
ALTER DOMAIN public.percent ADD CONSTRAINT percent_check CHECK (VALUE BETWEEN 0 AND 100) NOT VALID;
