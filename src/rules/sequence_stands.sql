-- Where sequence q stands: at the number that it gave last, or one step before the first that it will give. The function says
-- NULL of one that was never asked, wherever it was set, and from PostgreSQL 17 on also to a role that may not know: the
-- sequence itself is read then, which the server refuses with its reason.
coalesce(
    CASE WHEN pg_catalog.has_sequence_privilege(q.seqrelid, 'SELECT, USAGE') THEN pg_catalog.pg_sequence_last_value(q.seqrelid) END,
    (pg_catalog.xpath('//*[local-name()="v"]/text()', pg_catalog.query_to_xml(pg_catalog.format(
        'SELECT CASE WHEN is_called THEN last_value ELSE last_value - %s END AS v FROM %s', q.seqincrement, q.seqrelid::regclass),
        false, false, '')))[1]::text::int8)
