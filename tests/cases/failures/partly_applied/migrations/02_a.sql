-- phasegate: transaction = none
-- phasegate: adds table public.a
CREATE TABLE a (i int);
CREATE INDEX CONCURRENTLY a_i ON a (j);
