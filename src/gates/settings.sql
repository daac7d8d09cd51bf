-- With every statement: an error ends the transaction that the settings belong to.
SET LOCAL statement_timeout = :'timeout_ms';
-- A policy would hide rows and let what is hidden pass; off, the server refuses such a query instead.
SET LOCAL row_security = off;
