-- The same rows with their hash, for tables without a key, where it says which bucket a row is in.
SELECT b.*, :hash AS h FROM (:rows) AS b OFFSET 0
