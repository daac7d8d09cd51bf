create function f_atomic(a int) returns int begin atomic select a; select a + 1; end; select 'after f_atomic';
create or replace function f_case(a int) returns int
begin atomic
  select case when a > 1 then 1 else case a when 0 then 2 end end;
  select (case a when 1 then 2 end); select 3;
end;
select 'after f_case';
create procedure p_atomic(a int default (1)) language sql begin atomic insert into plain values (1, 'x;'); end;
CREATE /* c */ OR -- c
REPLACE PROCEDURE p_atomic(a int default (1)) BEGIN ATOMIC
  insert into plain values (a, 'begin'); -- begin; end;
  insert into plain values (a, $$end;$$);
END;
create function f_return() returns int return 1; select 'after f_return';
create function "begin"() returns int language sql as 'select 1'; select 'after begin';
create function f_named(begin_at int, "begin" int) returns int language sql as $$ select 1; $$; select 'after f_named';
create table t_begin ("begin" int, "end" int); select 'after t_begin';
create rule r_two as on insert to t_begin do also (select 1; select 2;); select 'after r_two';
create view v_case as select case when true then 1 end as a; select 'after v_case';
begin; select 1; end; begin; select 2; commit;
select (1; 2); select 'after parens';
select 1); select 'after a close';
create function f_parens() returns int begin atomic select (select 1; ); end; select 'after f_parens';
