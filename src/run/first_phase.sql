-- A phase is one ordered SQL file. It runs in one transaction, together with its row in the log.
-- What it may change is declared here; everything else must come out as it went in:
--
-- phasegate: adds table public.first

CREATE TABLE public.first (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

INSERT INTO public.first (name) VALUES ('one');
