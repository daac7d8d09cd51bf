UPDATE ONLY public.t AS x SET a = 1, (b, c) = (SELECT 1, 2), "D e"[2] = 3, f = CASE WHEN a IS DISTINCT FROM b THEN 1 END, g = h IS DISTINCT FROM i, j = 2 FROM other WHERE k = 1;
-- Data public.t (a, b, c, D e, f, g, j)

UPDATE t x SET a = DEFAULT;
-- Data t (a)

UPDATE ONLY (t) SET a.part = 1 RETURNING b;
-- Data t (a)

INSERT INTO s."T" AS x (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE x.c = 1;
-- Inserts s."T"
-- Data s."T" (b)

INSERT INTO t SELECT 1 ON CONFLICT DO NOTHING;
-- Inserts t

DELETE FROM ONLY a.t USING b WHERE true;
-- Deletes a.t

TRUNCATE TABLE a, ONLY s.b;
-- Deletes a
-- Deletes s.b

TRUNCATE a CASCADE;
-- Deletes a
-- more: what it cascades to or restarts is not derived

COPY public.t (a, b) TO STDOUT;

MERGE INTO public.t AS x USING s ON x.id = s.id WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET a = CASE WHEN true THEN 1 ELSE 2 END, b = 3 WHEN NOT MATCHED THEN INSERT (id) VALUES (1);
-- Deletes public.t
-- Data public.t (a, b)
-- Inserts public.t

WITH x (a) AS (SELECT 1), y AS MATERIALIZED (SELECT 2) UPDATE public.t SET a = x.a FROM x;
-- Data public.t (a)

WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone;
-- more: what its WITH does is not derived

WITH RECURSIVE x AS (SELECT 1) SEARCH DEPTH FIRST BY a SET b SELECT 1;
-- more: what its WITH does is not derived

SELECT a, b FROM t WHERE c IN (1, 2);

SELECT change_all();
-- more: a function may change anything

SELECT a INTO TEMP u FROM t;
-- hides u

SELECT a INTO public.u FROM t;
-- Adds table public.u

SELECT set_config('search_path', 'other', true);
-- moves the path
-- more: a function may change anything

SET LOCAL search_path = other;
-- moves the path

SET work_mem = '1MB';

DO $$ BEGIN UPDATE t SET a = 1; END $$;
-- more: a DO block may change anything

CALL p();
-- more: a procedure may change anything

EXECUTE q;
-- more: a prepared statement may change anything
