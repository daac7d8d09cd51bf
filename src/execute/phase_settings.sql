-- Every phase starts from the same state, whatever the one before it did to its session.
RESET SESSION AUTHORIZATION;
RESET ALL;
DEALLOCATE ALL;
DISCARD TEMP;
SET search_path = :search_path;
SET standard_conforming_strings = on;
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = :'lock_timeout_ms';
SET statement_timeout = :'statement_timeout_ms';
