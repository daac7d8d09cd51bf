CREATE TABLE IF NOT EXISTS public.n (id serial PRIMARY KEY);
-- Adds table public.n

CREATE TEMP TABLE n AS SELECT 1;
-- hides n

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY public.t (a);
-- Adds index public.t beside i

CREATE INDEX ON t (a);
-- more: what it changes is not derived

CREATE OR REPLACE VIEW public.v AS SELECT 1;
-- Adds view public.v
-- Changes view public.v

CREATE MATERIALIZED VIEW m AS SELECT 1;
-- Adds materialized_view m

CREATE TYPE public.mood AS ENUM ('a');
-- Adds type public.mood

CREATE DOMAIN d AS int;
-- Adds type d

CREATE SEQUENCE s.q START 5;
-- Adds sequence s.q

CREATE SCHEMA s;
-- Adds schema s

CREATE EXTENSION pgcrypto;
-- Adds extension pgcrypto

CREATE TRIGGER g AFTER UPDATE OF a, b OR DELETE ON public.t FOR EACH ROW EXECUTE FUNCTION f();
-- Adds trigger public.t below g

CREATE POLICY p ON t USING (true);
-- Adds policy t below p

CREATE FUNCTION f(int) RETURNS int LANGUAGE sql SET search_path = a AS 'SELECT 1';
-- more: a function is declared by hand

ALTER TABLE IF EXISTS ONLY public.t ADD COLUMN IF NOT EXISTS a numeric(12, 2) DEFAULT 0, DROP b, ALTER COLUMN c TYPE text USING c::text, ALTER d SET NOT NULL, ADD CONSTRAINT k CHECK (a > 0), DROP CONSTRAINT IF EXISTS l;
-- Adds column public.t below a
-- Drops column public.t below b
-- Changes column public.t below c
-- Data public.t (c)
-- Changes column public.t below d
-- Adds constraint public.t below k
-- Drops constraint public.t below l

ALTER TABLE t ALTER a TYPE numeric(10, 1), ALTER b TYPE int USING 1;
-- Changes column t below a
-- Changes column t below b
-- Data t (b)

ALTER TABLE t ADD a int REFERENCES u;
-- Adds column t below a
-- more: what it changes is not derived

ALTER TABLE t DROP COLUMN a CASCADE;
-- Drops column t below a
-- more: what it changes is not derived

ALTER TABLE t ADD UNIQUE (a), DROP b;
-- Drops column t below b
-- more: what it changes is not derived

ALTER TABLE s.t RENAME COLUMN a TO "B";
-- Drops column s.t below a
-- Adds column s.t below B

ALTER TABLE s.t RENAME TO u;
-- Drops table s.t
-- Adds table s.t beside u

ALTER TABLE t SET SCHEMA other;
-- Drops table t
-- Adds table other.t

ALTER TABLE t DISABLE TRIGGER g;
-- Changes trigger t below g

ALTER TABLE t DISABLE TRIGGER ALL;
-- more: what it changes is not derived

ALTER TABLE t OWNER TO someone;
-- more: what it changes is not derived

ALTER INDEX s.i RENAME TO j;
-- Drops index s.i
-- Adds index s.i beside j

ALTER TYPE mood ADD VALUE 'b';
-- Changes type mood

DROP TABLE IF EXISTS a, s.b CASCADE;
-- Drops table a
-- Drops table s.b
-- more: what it cascades to is not derived

DROP TRIGGER g ON public.t;
-- Drops trigger public.t below g

COMMENT ON COLUMN public.t.a IS 'x';
-- Adds comment public.t below a
-- Changes comment public.t below a

COMMENT ON TABLE t IS NULL;
-- Drops comment t

GRANT SELECT, UPDATE (a, b) ON TABLE public.t, u TO reader;
-- Changes grant public.t
-- Changes grant u

GRANT USAGE ON SCHEMA s TO reader;
-- more: what it changes is not derived

REVOKE ALL ON ALL TABLES IN SCHEMA s FROM reader;
-- more: what it changes is not derived

REFRESH MATERIALIZED VIEW m;
-- more: the rows of a materialized view are not derived

CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
-- more: a function is declared by hand

DROP FUNCTION f(int);
-- more: a function is declared by hand
