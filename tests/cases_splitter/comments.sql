-- line; comment
/* block; */ select 1; /* between; */ -- and; more
/* nested /* ; */ ; /* /* ; */ */ */ select 2 /* inside ; */ + /* ' */ 1 -- tail ; '
;
select 3 --; no end here
  ;
select 4 -- it's a quote ' and $$ and /*
, 5;
select 6 */* times, not the end; */ 7;
select 8 - -9, 8--;
- 1;
/**/ select 10; /***/ select 11; /****/ select 12; /*/*/;*/*/ select 13; /*//**/*/ select 14;
select 15 +/* op */-16, 2 @/*;*/-3;
select 17; -- the last one
;; /* nothing */ ; -- nothing
/* nothing at the end */
