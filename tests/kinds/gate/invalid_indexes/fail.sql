UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'public.holdings_fund_id_idx'::regclass;
CREATE TABLE public.parted (id int) PARTITION BY RANGE (id);
CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES FROM (0) TO (10);
CREATE INDEX parted_id_idx ON ONLY public.parted (id);
