-- The same over a part of the table, under the same name: its counts add up over all parts.
SELECT pg_catalog.count(*) AS examined
       :measures
FROM :source AS t
WHERE :restriction
