CREATE ROLE server_case_app LOGIN;
CREATE ROLE server_case_group NOLOGIN;
ALTER ROLE server_case_app SET log_min_duration_statement = -1;
ALTER ROLE server_case_group SET log_min_duration_statement = -1;
ALTER ROLE server_case_app SET work_mem = '1GB';
