-- refused: psql would run the query and read its rows as statements
select 1;
select 'drop table x'
\gexec
