select $$a;b$$, $tag$ $$ ; $$ $tag$, $_1$;$_1$, $é$;$é$;
select $a$ $b$ ; $b$ $a$, $a$$b$;$b$$a$, $$$$, $A$ $a$ ; $A$;
select a$b from (select 1 as a$b) s; select 2 as x$$y;
do $do$ begin perform 'x;'; perform $q$;$do;$q$; end $do$;
do $$
declare a int;
begin
  a := 1; -- it's
  if a = 1 then perform 1; end if;
end
$$;
create or replace function pg_temp.dollar() returns text language plpgsql as $body$
begin
  return $x$; $body; $$ ; $x$;
end;
$body$; select pg_temp.dollar();
prepare p1(int) as select $1, '$1;'; execute p1(1); deallocate p1;
select 1$$;$$;
select $1;
select $x;
select $E'\';';
select $x, $1 + $2;
