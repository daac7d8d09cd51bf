-- phasegate: adds table public.seen
CREATE TABLE public.seen (role text, path text, replication text, temp text, tz text, step text);
SET ROLE iso_owner;
RESET ROLE;
SET search_path = other;
SET session_replication_role = replica;
SET TimeZone = 'Asia/Tokyo';
CREATE TEMP TABLE scratch (i int);
SET ROLE iso_owner;
