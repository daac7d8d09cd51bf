DROP ROLE server_case_app;
DROP ROLE server_case_group;
