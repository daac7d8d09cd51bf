UPDATE public.sales SET amount = 100 WHERE id = 4;
CREATE MATERIALIZED VIEW public.never AS SELECT 1 AS one WITH NO DATA;
