-- Makes B like A where they differed when they were compared. Nobody has run this; read it before you do.
-- Rows that changed in B since are overwritten. Triggers fire and foreign keys hold, as for any statement.
BEGIN;
SET LOCAL standard_conforming_strings = on;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL xmloption = 'content';
SET LOCAL lc_monetary = 'C';
SET CONSTRAINTS ALL DEFERRED;
