-- Constraints that do not speak for every row: by the catalog (not validated, not enforced, triggers disabled), and by the
-- rows themselves, since rows that came while triggers were off violate a constraint that is marked as validated, and
-- VALIDATE CONSTRAINT does not look again. query_to_xml runs the question that is put together for each constraint.
WITH constraints AS (
    SELECT k.oid, k.conname, k.contype, k.convalidated, c.oid AS relid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS of,
           pg_catalog.to_jsonb(k) ->> 'conenforced' = 'false' AS unenforced,
           EXISTS (SELECT FROM pg_catalog.pg_trigger AS g
                   WHERE g.tgconstraint = k.oid AND g.tgisinternal AND g.tgenabled IN ('D', 'R')) AS is_off,
           CASE k.contype
               WHEN 'f' THEN pg_catalog.format(
                   'SELECT count(*) AS n FROM %s AS c WHERE (%s) AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)',
                   source.quoted,
                   (SELECT pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname),
                                                 CASE k.confmatchtype WHEN 'f' THEN ' OR ' ELSE ' AND ' END)
                    FROM pg_catalog.unnest(k.conkey) AS x(num)
                    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.num),
                   parent.quoted,
                   (SELECT pg_catalog.string_agg(
                               pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', pa.attname, os.nspname, o.oprname, ca.attname), ' AND ')
                    FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop))
                         AS x(child, parent, operator)
                    JOIN pg_catalog.pg_attribute AS ca ON ca.attrelid = k.conrelid AND ca.attnum = x.child
                    JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = k.confrelid AND pa.attnum = x.parent
                    JOIN pg_catalog.pg_operator AS o ON o.oid = x.operator
                    JOIN pg_catalog.pg_namespace AS os ON os.oid = o.oprnamespace))
               WHEN 'c' THEN pg_catalog.format('SELECT count(*) AS n FROM %s AS c WHERE NOT (%s)', source.quoted,
                                               pg_catalog.pg_get_expr(k.conbin, k.conrelid))
           END AS question
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT pg_catalog.format('%s%I.%I', CASE WHEN c.relkind = 'p' THEN '' ELSE 'ONLY ' END,
                                                 n.nspname, c.relname) AS quoted) AS source
    LEFT JOIN LATERAL (
        SELECT pg_catalog.format('%s%I.%I', CASE WHEN pc.relkind = 'p' THEN '' ELSE 'ONLY ' END, pn.nspname, pc.relname) AS quoted
        FROM pg_catalog.pg_class AS pc JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pc.relnamespace
        WHERE pc.oid = k.confrelid
    ) AS parent ON true
    -- That of a partition is its parent's, which is asked for all of them. That a value is there (n) is kept by PostgreSQL 18 as
    -- a constraint, which rows can violate only before it is validated.
    WHERE (k.contype IN ('f', 'c') OR k.contype = 'n' AND NOT k.convalidated) AND k.conparentid = 0 AND :scope
    UNION ALL
    -- Of a domain it is known whether values that were there before were looked at.
    SELECT k.oid, k.conname, k.contype, k.convalidated, NULL, pg_catalog.format('%I.%I', n.nspname, y.typname), false, false, NULL
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_type AS y ON y.oid = k.contypid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
    -- It belongs to no table.
    CROSS JOIN LATERAL (SELECT NULL::name AS relname) AS c
    WHERE k.contype = 'c' AND NOT k.convalidated AND :scope
), counted AS (
    SELECT k.*, (pg_catalog.xpath('//*[local-name()="n"]/text()',
                                  pg_catalog.query_to_xml(k.question, false, false, '')))[1]::text::int8 AS violating
    FROM constraints AS k
), judged AS (
    SELECT pg_catalog.format('%I on %s', k.conname, k.of) AS k0, 1 AS n, p.problem, p.problem IS NOT NULL AS differs
    FROM counted AS k
    CROSS JOIN LATERAL (SELECT nullif(pg_catalog.concat_ws('; ',
        CASE WHEN k.violating > 0 THEN pg_catalog.format('%s rows violate it', k.violating) END,
        CASE WHEN k.unenforced THEN 'not enforced' END,
        CASE WHEN NOT k.convalidated THEN 'not validated' END,
        CASE WHEN k.is_off THEN 'its triggers are disabled' END), '') AS problem) AS p
)
