-- every kind of string, with semicolons and quotes in it
select 'a;b', 'it''s; fine', '';
select E'a\';b', e'\\', E'''', E'\
;';
select U&'\0041;\'';', U&'d!0061;' UESCAPE '!', u&';';
select B'01', b'', X'1F', x'', N'n;n', n';';
select '\'; select '\\';
select 'joined;'
  'over;'   -- a comment between; '
  'lines;';
select U&'a\0041'
 'b;\0041';
select 'not a comment -- ; /* ;', '/*';
select '
;
';
select 1 as "a;b", 2 as "c""d;", 3 as U&"e\0061;", 4 as "--", 5 as "/*";
select 'äöü;漢字😀' as "ünï;", 'x' as é;
