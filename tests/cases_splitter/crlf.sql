select 1;
select 'a
;b';
-- comment; x
/* c
; */ select E'a'
  'b;';
copy two from stdin;
1	x
\.
select $$
;
$$
;
