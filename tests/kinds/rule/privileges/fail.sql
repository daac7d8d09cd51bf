REVOKE SELECT ON public.people FROM kinds_reader;
GRANT DELETE ON public.secrets TO PUBLIC;
GRANT UPDATE (id) ON public.people TO kinds_reader;
GRANT INSERT ON public.people TO kinds_writer;
GRANT SELECT ON public.people TO kinds_writer;
