-- All rows of a table with the places they lie in. It has no part in what it checks: no hash, only the values as the
-- server shows them.
SELECT r.tableoid, r.ctid :values FROM :source AS r ORDER BY r.tableoid, r.ctid
