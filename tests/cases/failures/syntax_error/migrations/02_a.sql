-- phasegate: adds table public.a
CREATE TABLE a (i int);

INSERT INTO a
  SELEC 1;
