-- What the sequence gives next, and how far its column has come. Compared as numeric: no overflow at the ends.
SELECT q.next_value, q.furthest,
       CASE WHEN :increment > 0 THEN q.furthest > q.next_value - 1 - :margin
            ELSE q.furthest < q.next_value + 1 + :margin END AS is_behind
FROM (
    SELECT CASE WHEN s.is_called THEN s.last_value::numeric + :increment ELSE s.last_value::numeric END AS next_value,
           (SELECT CASE WHEN :increment > 0 THEN pg_catalog.max(t.:"column") ELSE pg_catalog.min(t.:"column") END
            FROM :"table_schema".:"table_name" AS t)::numeric AS furthest
    FROM :"sequence_schema".:"sequence_name" AS s
) AS q
