REVOKE SELECT ON public.people FROM kinds_reader;
GRANT DELETE ON public.secrets TO PUBLIC;
GRANT UPDATE (id) ON public.people TO kinds_reader;
