-- Phase 2 of the portal, step 4: indexes for the new screens, built while the portal is in use.
-- CONCURRENTLY cannot stand in a transaction and has to wait for older transactions, so there is no timeout here.
--
-- phasegate: transaction = none
-- phasegate: lock_timeout = 0
-- phasegate: statement_timeout = 0
-- phasegate: adds index public.product_owners_public_id_key
-- phasegate: adds index public.product_owners_user_id_idx, public.holdings_fund_id_idx
-- phasegate: adds index public.valuations_valuation_date_idx, public.transactions_portfolio_id_traded_on_idx
-- phasegate: adds index public.client_groups_next_review_on_idx, public.activity_log_detail_idx
-- phasegate: drops index public.transactions_portfolio_id_idx

CREATE UNIQUE INDEX CONCURRENTLY product_owners_public_id_key ON public.product_owners (public_id);
CREATE INDEX CONCURRENTLY product_owners_user_id_idx ON public.product_owners (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX CONCURRENTLY holdings_fund_id_idx ON public.holdings (fund_id);
CREATE INDEX CONCURRENTLY valuations_valuation_date_idx ON public.valuations (valuation_date) INCLUDE (market_value);
CREATE INDEX CONCURRENTLY transactions_portfolio_id_traded_on_idx
    ON public.transactions (portfolio_id, traded_on DESC);
CREATE INDEX CONCURRENTLY client_groups_next_review_on_idx ON public.client_groups (next_review_on)
    WHERE status = 'active';
CREATE INDEX CONCURRENTLY activity_log_detail_idx ON public.activity_log USING gin (detail jsonb_path_ops);

-- The index by portfolio and day serves every query of the one by portfolio alone.
DROP INDEX CONCURRENTLY public.transactions_portfolio_id_idx;
