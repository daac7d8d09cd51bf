SELECT :shown_keys, :shown_values
FROM judged
WHERE differs
ORDER BY pg_catalog.abs(difference) DESC NULLS FIRST, :key_order
LIMIT :limit
