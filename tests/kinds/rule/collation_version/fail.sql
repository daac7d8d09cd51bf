UPDATE pg_collation SET collversion = '1.2.3' WHERE collname = 'de-x-icu';
