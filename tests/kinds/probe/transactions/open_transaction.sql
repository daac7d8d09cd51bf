SELECT 1 AS waiting
