SELECT 1;
\i other.sql
\set x 1
SELECT :x;
