CREATE ROLE iso_owner;
GRANT ALL ON SCHEMA public TO iso_owner;
CREATE SCHEMA other;
