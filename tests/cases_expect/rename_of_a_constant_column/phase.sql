-- phasegate: drops column public.t.flag, public.t.one, public.t.doc, public.t.none, public.t.long, public.t.part, public.t.mixed
-- phasegate: adds column public.t.flag_new, public.t.one_new, public.t.doc_new, public.t.none_new, public.t.long_new
-- phasegate: adds column public.t.part_new, public.t.mixed_new
-- phasegate: drops column public.single.id
-- phasegate: adds column public.single.key
-- phasegate: changes constraint public.single.single_pkey
-- phasegate: changes index public.single_pkey
ALTER TABLE public.t DROP COLUMN flag, DROP COLUMN one, DROP COLUMN doc, DROP COLUMN none, DROP COLUMN long;
ALTER TABLE public.t ADD COLUMN flag_new boolean NOT NULL DEFAULT false, ADD COLUMN one_new int NOT NULL DEFAULT 7,
    ADD COLUMN doc_new jsonb NOT NULL DEFAULT '{}', ADD COLUMN none_new text,
    ADD COLUMN long_new text NOT NULL DEFAULT repeat('x', 200);
ALTER TABLE public.t RENAME part TO part_new;
ALTER TABLE public.t RENAME mixed TO mixed_new;
ALTER TABLE public.single RENAME id TO key;
