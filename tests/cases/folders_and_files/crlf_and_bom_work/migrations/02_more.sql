-- phasegate: inserts public.t
INSERT INTO t
  VALUES (3, $$a
b$$);
