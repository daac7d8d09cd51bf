-- Each range beside the farthest end of those that begin before it. Of two that begin at one value the one that has it comes
-- first. A range without an end reaches everything; an empty one, or none, overlaps nothing.
WITH judged AS (
    SELECT s.*, 1 AS n,
           coalesce(s.is_there AND s.has_earlier
                    AND (s.low IS NULL OR s.reached_all OR s.reached > s.low OR s.low_closed AND s.reached_closed = s.low OR :gap),
                    false) AS differs
    FROM (
        SELECT :keys, r.phasegate_range::text AS span, r.is_there,
               pg_catalog.lower(r.phasegate_range) AS low, pg_catalog.lower_inc(r.phasegate_range) AS low_closed,
               pg_catalog.max(pg_catalog.upper(r.phasegate_range)) OVER earlier AS reached,
               pg_catalog.max(CASE WHEN pg_catalog.upper_inc(r.phasegate_range) THEN pg_catalog.upper(r.phasegate_range) END) OVER earlier AS reached_closed,
               pg_catalog.count(*) OVER earlier > 0 AS has_earlier,
               pg_catalog.count(*) FILTER (WHERE pg_catalog.upper_inf(r.phasegate_range)) OVER earlier > 0 AS reached_all
        FROM :table AS t
        CROSS JOIN LATERAL (SELECT v.phasegate_range, coalesce(NOT pg_catalog.isempty(v.phasegate_range), false) AS is_there
                            FROM (SELECT :range AS phasegate_range) AS v) AS r
        WHERE :filter
        WINDOW earlier AS (PARTITION BY r.is_there, :partition
                           ORDER BY pg_catalog.lower(r.phasegate_range) NULLS FIRST, pg_catalog.lower_inc(r.phasegate_range) DESC, :order
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) AS s
)
