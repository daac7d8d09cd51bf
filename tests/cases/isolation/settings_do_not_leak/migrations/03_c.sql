-- phasegate: transaction = none
-- phasegate: inserts public.seen
SET search_path = other;
CREATE TEMP TABLE scratch (i int);
SET session_replication_role = replica;
