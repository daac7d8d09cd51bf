-- The reference platform, part 3 of 3: unique keys, indexes, foreign keys, triggers, views, statistics.
-- Foreign keys are added over the loaded rows, so the server validates each of them in one join.

ALTER TABLE public.users ADD CONSTRAINT users_public_id_key UNIQUE (public_id),
    ADD CONSTRAINT users_email_key UNIQUE (email);
CREATE UNIQUE INDEX users_email_lower_idx ON public.users (lower(email::text));
CREATE INDEX users_manager_id_idx ON public.users (manager_id) WHERE manager_id IS NOT NULL;
ALTER TABLE public.client_groups ADD CONSTRAINT client_groups_reference_key UNIQUE (reference);
CREATE INDEX client_groups_adviser_id_idx ON public.client_groups (adviser_id);
CREATE INDEX client_groups_tags_idx ON public.client_groups USING gin (tags);
ALTER TABLE public.product_owners
    ADD CONSTRAINT product_owners_client_group_id_id_key UNIQUE (client_group_id, id);
CREATE UNIQUE INDEX product_owners_one_primary_idx ON public.product_owners (client_group_id) WHERE is_primary;
ALTER TABLE public.providers ADD CONSTRAINT providers_register_number_key UNIQUE (register_number);
ALTER TABLE public.products ADD CONSTRAINT products_provider_account_key UNIQUE (provider_code, account_number);
CREATE INDEX products_client_group_id_idx ON public.products (client_group_id, primary_owner_id);
ALTER TABLE public.portfolios ADD CONSTRAINT portfolios_public_id_key UNIQUE (public_id);
CREATE INDEX portfolios_user_id_idx ON public.portfolios (user_id);
CREATE INDEX portfolios_product_id_idx ON public.portfolios (product_id);
ALTER TABLE public.funds ADD CONSTRAINT funds_isin_key UNIQUE (isin);
ALTER TABLE public.holdings ADD CONSTRAINT holdings_portfolio_id_fund_id_key UNIQUE (portfolio_id, fund_id);
CREATE INDEX transactions_portfolio_id_idx ON public.transactions (portfolio_id);
CREATE INDEX activity_log_user_id_idx ON public.activity_log (user_id);

ALTER TABLE public.users ADD CONSTRAINT users_manager_id_fkey FOREIGN KEY (manager_id) REFERENCES public.users (id);
ALTER TABLE public.profiles
    ADD CONSTRAINT profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) ON DELETE CASCADE;
ALTER TABLE public.client_groups
    ADD CONSTRAINT client_groups_adviser_id_fkey FOREIGN KEY (adviser_id) REFERENCES public.users (id);
ALTER TABLE public.product_owners
    ADD CONSTRAINT product_owners_client_group_id_fkey FOREIGN KEY (client_group_id)
        REFERENCES public.client_groups (id);
ALTER TABLE public.products
    ADD CONSTRAINT products_client_group_id_fkey FOREIGN KEY (client_group_id) REFERENCES public.client_groups (id),
    ADD CONSTRAINT products_provider_code_fkey FOREIGN KEY (provider_code) REFERENCES public.providers (code)
        ON UPDATE CASCADE,
    ADD CONSTRAINT products_primary_owner_fkey FOREIGN KEY (client_group_id, primary_owner_id)
        REFERENCES public.product_owners (client_group_id, id) DEFERRABLE INITIALLY IMMEDIATE;
COMMENT ON CONSTRAINT products_primary_owner_fkey ON public.products IS
    'The owner belongs to the group that holds the product';
ALTER TABLE public.portfolios
    ADD CONSTRAINT portfolios_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id),
    ADD CONSTRAINT portfolios_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products (id);
ALTER TABLE public.holdings
    ADD CONSTRAINT holdings_portfolio_id_fkey FOREIGN KEY (portfolio_id) REFERENCES public.portfolios (id),
    ADD CONSTRAINT holdings_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES public.funds (id);
ALTER TABLE public.valuations
    ADD CONSTRAINT valuations_portfolio_id_fkey FOREIGN KEY (portfolio_id) REFERENCES public.portfolios (id);
ALTER TABLE public.transactions
    ADD CONSTRAINT transactions_portfolio_id_fkey FOREIGN KEY (portfolio_id) REFERENCES public.portfolios (id),
    ADD CONSTRAINT transactions_fund_id_fkey FOREIGN KEY (fund_id) REFERENCES public.funds (id);
ALTER TABLE public.activity_log
    ADD CONSTRAINT activity_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) ON DELETE SET NULL;

CREATE TRIGGER users_touch_updated_at BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER profiles_touch_updated_at BEFORE UPDATE ON public.profiles
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER client_groups_touch_updated_at BEFORE UPDATE ON public.client_groups
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER portfolios_touch_updated_at BEFORE UPDATE ON public.portfolios
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER portfolios_write_activity AFTER INSERT OR UPDATE OR DELETE ON public.portfolios
    FOR EACH ROW EXECUTE FUNCTION public.write_activity();
CREATE TRIGGER product_owners_write_activity AFTER INSERT OR UPDATE OR DELETE ON public.product_owners
    FOR EACH ROW EXECUTE FUNCTION public.write_activity();

CREATE VIEW public.client_dashboard_view AS
SELECT g.id AS client_group_id,
       g.name,
       g.kind,
       g.status,
       adviser.display_name AS adviser_name,
       people.owners,
       held.products,
       held.portfolios,
       held.total_value,
       g.last_review_on
FROM public.client_groups AS g
JOIN public.users AS adviser ON adviser.id = g.adviser_id
CROSS JOIN LATERAL (
    SELECT count(*) AS owners FROM public.product_owners AS o WHERE o.client_group_id = g.id
) AS people
CROSS JOIN LATERAL (
    SELECT count(DISTINCT p.id) AS products,
           count(f.id) AS portfolios,
           coalesce(sum(f.calculated_value), 0) AS total_value
    FROM public.products AS p
    LEFT JOIN public.portfolios AS f ON f.product_id = p.id
    WHERE p.client_group_id = g.id
) AS held;
COMMENT ON VIEW public.client_dashboard_view IS 'One row a client group: what the adviser sees first';

CREATE VIEW public.portfolio_performance_view AS
SELECT f.id AS portfolio_id,
       f.user_id,
       f.name,
       f.status,
       f.calculated_value,
       flows.money_in,
       flows.money_out,
       latest.valuation_date AS last_valued_on,
       latest.market_value AS last_valuation,
       round(100 * (f.calculated_value - latest.market_value) / nullif(latest.market_value, 0), 2) AS change_percent
FROM public.portfolios AS f
LEFT JOIN LATERAL (
    SELECT sum(t.amount) FILTER (WHERE t.amount > 0) AS money_in,
           sum(t.amount) FILTER (WHERE t.amount < 0) AS money_out
    FROM public.transactions AS t
    WHERE t.portfolio_id = f.id
) AS flows ON true
LEFT JOIN LATERAL (
    SELECT v.valuation_date, v.market_value
    FROM public.valuations AS v
    WHERE v.portfolio_id = f.id
    ORDER BY v.valuation_date DESC
    LIMIT 1
) AS latest ON true;
COMMENT ON VIEW public.portfolio_performance_view IS
    'One row a portfolio: money in and out, change since the last valuation';

CREATE VIEW public.portfolio_holdings_view AS
SELECT h.portfolio_id,
       h.id AS holding_id,
       f.user_id,
       f.calculated_value,
       n.isin,
       n.name AS fund_name,
       h.units,
       h.unit_price,
       h.market_value AS holding_value
FROM public.holdings AS h
JOIN public.portfolios AS f ON f.id = h.portfolio_id
JOIN public.funds AS n ON n.id = h.fund_id;
COMMENT ON VIEW public.portfolio_holdings_view IS 'One row a holding, beside the stored value of its portfolio';
GRANT SELECT ON public.portfolio_holdings_view TO PUBLIC;

CREATE MATERIALIZED VIEW public.provider_summary AS
SELECT p.code AS provider_code,
       p.name,
       count(DISTINCT d.id) AS products,
       count(f.id) AS portfolios,
       coalesce(sum(f.calculated_value), 0) AS total_value,
       max(f.updated_at) AS last_portfolio_update
FROM public.providers AS p
LEFT JOIN public.products AS d ON d.provider_code = p.code
LEFT JOIN public.portfolios AS f ON f.product_id = d.id
GROUP BY p.code, p.name;
CREATE UNIQUE INDEX provider_summary_provider_code_idx ON public.provider_summary (provider_code);
COMMENT ON MATERIALIZED VIEW public.provider_summary IS 'Money held with each provider, as of the last refresh';

ANALYZE public.users, public.profiles, public.client_groups, public.product_owners, public.providers, public.products,
    public.portfolios, public.funds, public.holdings, public.valuations, public.transactions, public.activity_log,
    public.provider_summary;
