select 1.5e3, .5, 5., 1e-3, 0, 100000000000000000000;
select 2^3, 5!=4, 5<>4, 'a'||'b', '{1,2}'::int[] @> '{1}', 1::int, @-1, |/4, -+-1, 7 # 1, ~1, 5 % 2;
select (array[1,2,3])[1:2], ('{"a":1}'::jsonb)->'a', '{"a;":1}'::jsonb->>'a;', '{"a":1}'::jsonb ? 'a';
select 1a; select 0x1F; select 1_000; select 1..2; select 12$$;$$;
select * from generate_series(1, 2) as g(i) where i in (1, 2); select (((1)));
values (1), (2); table plain; (select 1) union (select 2);
select 1`2; select 3; select {1}; select [;];
select 1 operator(pg_catalog.+) 2; select interval '1 day;'; select date '2026-01-01';
select 'a' like 'b' escape E'\\';
