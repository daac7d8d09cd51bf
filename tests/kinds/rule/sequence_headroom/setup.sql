CREATE TABLE public.people (id serial PRIMARY KEY, small smallserial, big bigserial);
SELECT setval('public.people_id_seq', 1000), setval('public.people_small_seq', 1000), setval('public.people_big_seq', 3000000000);
CREATE SEQUENCE public.down INCREMENT -1;
CREATE SEQUENCE public.round MAXVALUE 10 CYCLE;
SELECT setval('public.round', 10);
-- One that no column owns feeds those whose default asks it, also by a domain.
CREATE SEQUENCE public.shared;
CREATE DOMAIN public.number AS smallint;
CREATE TABLE public.fed (id public.number DEFAULT nextval('public.shared'));
CREATE SEQUENCE public.unasked AS smallint;
-- Its column ends before it does.
CREATE SEQUENCE public.fed_from_above INCREMENT -1;
CREATE TABLE public.below (id smallint DEFAULT nextval('public.fed_from_above'));
