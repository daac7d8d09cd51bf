-- phasegate: adds table public.notes, public.private_notes
-- phasegate: moves public.old_notes -> public.notes + public.private_notes
CREATE TABLE public.notes (id bigint PRIMARY KEY, author bigint, body varchar(100), is_new boolean DEFAULT false);
CREATE TABLE public.private_notes (LIKE public.notes INCLUDING ALL);
INSERT INTO public.notes (id, author, body) SELECT id, author, body FROM public.old_notes WHERE author > 0;
INSERT INTO public.private_notes (id, author, body) SELECT id, author, body FROM public.old_notes WHERE author = 0;
DELETE FROM public.old_notes;
