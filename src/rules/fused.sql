-- Every row rule of one table in one scan. Each rule counts for itself: OR-ed in a WHERE they could not be told apart.
SELECT pg_catalog.count(*) AS examined
       :measures
FROM :table AS t
