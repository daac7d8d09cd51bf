REVOKE SELECT ON public.people FROM kinds_reader;
GRANT DELETE ON public.secrets TO PUBLIC;
