(SELECT pg_catalog.count(*) FROM :table AS t WHERE :filter)
