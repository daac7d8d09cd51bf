-- Phase 2 of the portal, step 5: the new columns get their constraints.
-- Each is added NOT VALID, which takes a strong lock for an instant, and validated by a statement of its own, which
-- reads the table under a weak one. In one transaction the strong lock would last through the reading.
--
-- phasegate: transaction = none
-- phasegate: lock_timeout = 5s
-- phasegate: statement_timeout = 0
-- phasegate: adds constraint public.users.users_preferred_name_check
-- phasegate: adds constraint public.client_groups.client_groups_service_level_check
-- phasegate: adds constraint public.client_groups.client_groups_next_review_check
-- phasegate: adds constraint public.portfolios.portfolios_risk_rating_check
-- phasegate: adds constraint public.product_owners.product_owners_user_id_fkey
-- phasegate: adds constraint public.product_owners.product_owners_public_id_key
-- phasegate: adds constraint public.transactions.transactions_settled_on_check
-- phasegate: changes column public.portfolios.risk_rating

ALTER TABLE public.users
    ADD CONSTRAINT users_preferred_name_check CHECK (length(preferred_name) BETWEEN 1 AND 100) NOT VALID;
ALTER TABLE public.client_groups
    ADD CONSTRAINT client_groups_service_level_check CHECK (service_level IN ('standard', 'premier')) NOT VALID;
ALTER TABLE public.client_groups
    ADD CONSTRAINT client_groups_next_review_check CHECK (next_review_on > last_review_on) NOT VALID;
ALTER TABLE public.portfolios
    ADD CONSTRAINT portfolios_risk_rating_check
        CHECK (risk_rating IS NOT NULL AND risk_rating BETWEEN 1 AND 7) NOT VALID;
ALTER TABLE public.product_owners
    ADD CONSTRAINT product_owners_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) NOT VALID;
ALTER TABLE public.transactions
    ADD CONSTRAINT transactions_settled_on_check CHECK (settled_on >= traded_on) NOT VALID;

ALTER TABLE public.users VALIDATE CONSTRAINT users_preferred_name_check;
ALTER TABLE public.client_groups VALIDATE CONSTRAINT client_groups_service_level_check;
ALTER TABLE public.client_groups VALIDATE CONSTRAINT client_groups_next_review_check;
ALTER TABLE public.portfolios VALIDATE CONSTRAINT portfolios_risk_rating_check;
ALTER TABLE public.product_owners VALIDATE CONSTRAINT product_owners_user_id_fkey;
ALTER TABLE public.transactions VALIDATE CONSTRAINT transactions_settled_on_check;

-- The validated check proves that no value is missing, so that this does not read the table again.
ALTER TABLE public.portfolios ALTER COLUMN risk_rating SET NOT NULL;
ALTER TABLE public.portfolios ALTER COLUMN risk_rating SET DEFAULT 4;

-- Takes over the index that step 4 built.
ALTER TABLE public.product_owners
    ADD CONSTRAINT product_owners_public_id_key UNIQUE USING INDEX product_owners_public_id_key;
