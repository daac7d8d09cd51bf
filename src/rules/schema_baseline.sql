-- What a file of the schema holds, and by which major version it was written out.
SELECT o.kind, o.name, o.of, :short AS definition,
       pg_catalog.current_setting('server_version_num')::int / 10000 AS major
FROM (
:now
) AS o
ORDER BY o.kind COLLATE "C", o.name COLLATE "C"
