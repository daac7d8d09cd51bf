-- How many rows this connection has put into a table and not told yet, by this transaction or one before; partitions included.
SELECT coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(t.oid)), 0) AS inserted
FROM (
    SELECT :'table'::pg_catalog.regclass::pg_catalog.oid AS oid
    UNION
    SELECT p.relid FROM pg_catalog.pg_partition_tree(:'table'::pg_catalog.regclass) AS p
) AS t
