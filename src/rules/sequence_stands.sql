-- Where sequence q stands; NULL where it was never asked. From PostgreSQL 17 on the function also says NULL to a role that may
-- not know: the sequence itself is read then, which the server refuses with its reason.
CASE WHEN pg_catalog.has_sequence_privilege(q.seqrelid, 'SELECT, USAGE') THEN pg_catalog.pg_sequence_last_value(q.seqrelid)
     ELSE (pg_catalog.xpath('//*[local-name()="v"]/text()', pg_catalog.query_to_xml(pg_catalog.format(
         'SELECT last_value AS v FROM %s', q.seqrelid::regclass), false, false, '')))[1]::text::int8 END
