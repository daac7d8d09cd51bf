-- The tables that hold the rows of a table with partitions or inheritors, itself among these, and whether each can be read
-- without it. What is being detached is not said to be: which of its rows belong to the table hangs on the moment.
WITH RECURSIVE tree AS (
    SELECT :'table'::pg_catalog.regclass::oid AS oid, true AS stays
    UNION
    SELECT i.inhrelid, coalesce(pg_catalog.to_jsonb(i) ->> 'inhdetachpending', 'false') = 'false'
    FROM tree
    JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid
)
SELECT n.nspname AS schema, c.relname AS name, coalesce(pg_catalog.pg_relation_size(c.oid), 0) AS bytes,
       c.relkind = 'r' AND NOT c.relrowsecurity AND tree.stays
           AND EXISTS (SELECT FROM pg_catalog.pg_am m WHERE m.oid = c.relam AND m.amname = 'heap')
           AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS readable
FROM tree
JOIN pg_catalog.pg_class c ON c.oid = tree.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind <> 'p'
ORDER BY c.oid
