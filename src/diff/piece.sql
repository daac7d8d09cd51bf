-- A piece of one long value. Partitions have their places to themselves: the hashes say which row is meant.
SET LOCAL jit = off;
SELECT pg_catalog.substr(x.v, :from, :many) AS piece
FROM (SELECT :text AS v FROM (:rows) AS x WHERE x.k = :'key'::int8 AND x.h = :'row'::int8 LIMIT 1) AS x
