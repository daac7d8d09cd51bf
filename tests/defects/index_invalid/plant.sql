-- What a CREATE INDEX CONCURRENTLY leaves behind when it is broken off: an index that is there and serves nothing.
UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'public.holdings_fund_id_idx'::regclass;
