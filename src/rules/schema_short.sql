-- A long definition as its checksum.
CASE WHEN pg_catalog.char_length(o.definition) <= 1000 THEN o.definition
     ELSE 'sha256:' || pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(o.definition, 'UTF8')), 'hex') END
