SELECT :key, :shown
FROM :child_table AS t
WHERE (:asked) AND NOT EXISTS (SELECT FROM :parent_table AS p WHERE :matches)
ORDER BY :key_order
LIMIT :limit
