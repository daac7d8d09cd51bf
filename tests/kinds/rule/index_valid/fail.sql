UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.people_name'::regclass;
