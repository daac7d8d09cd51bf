\restrict a1b2c3
select 1; -- then
\unrestrict a1b2c3
select 2; \echo it's "not; SQL
select 3;
  \echo
select :'DBNAME_', a[1:2] from (select array[1,2] as a) s;
select 'a\b', "c\d" from (select 1 as "c\d") s;
