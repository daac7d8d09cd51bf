-- refused by psql 15, which forgets at the end of a line that the string has backslash escapes; the server does not
select E'a'
  'b\';c';
select 'after';
