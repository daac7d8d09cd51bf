-- Two queries, line by line of their key. A NULL in the key matches nothing, so it shows on both sides. Lines of one key are
-- paired one to one, in the order of their content: a line too many has none beside it.
WITH lefts AS (
:left
), rights AS (
:right
), judged AS (
    SELECT :keys, 1 AS n,
           CASE WHEN l.is_there IS NULL THEN 'only on the right' WHEN r.is_there IS NULL THEN 'only on the left' ELSE 'differs' END AS problem,
           l.shown AS left_shown, r.shown AS right_shown,
           l.is_there IS NULL OR r.is_there IS NULL OR (:differ) AS differs
    FROM (SELECT x.*, true AS is_there, ROW(x.*)::text AS shown, :place AS place FROM lefts AS x) AS l
    FULL JOIN (SELECT x.*, true AS is_there, ROW(x.*)::text AS shown, :place AS place FROM rights AS x) AS r
        ON :same AND l.place = r.place
)
