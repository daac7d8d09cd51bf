copy two from stdin;
1	it's; a $$ trap /*
2	\\.
3	--
\.
select count(*) from two;
COPY two (a, b) FROM STDIN WITH (FORMAT csv); -- comment; behind
4,"a;b"
5,"c""d"
\.
copy two from stdin; /* nothing */
\.
select 'x;'; copy two(b) from /* ; */ stdin where a is null;
\\
;
\.
copy (select 1; ) to stdout; select 'after';
copy two to stdout; copy (select 'from stdin;') to stdout;
copy two from stdout;
9	nine
\.
select 'the end'
