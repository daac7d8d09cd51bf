begin; savepoint a; rollback to savepoint a; release a; commit;
start transaction isolation level serializable; set transaction read only; abort;
begin work; end work; BEGIN; ROLLBACK AND CHAIN; rollback;
set standard_conforming_strings = on; set search_path to public, "a;b"; reset search_path;
vacuum plain; analyze plain; cluster; discard temp;
create index concurrently i_c on plain (a); reindex index concurrently i_c; reindex (concurrently) table plain;
drop index concurrently if exists i_c; alter table plain validate constraint "no;such";
refresh materialized view concurrently mv; explain select ';'; lock table plain; truncate plain;
