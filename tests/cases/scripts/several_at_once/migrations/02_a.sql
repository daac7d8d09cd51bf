\i other.sql
COMMIT;
VACUUM t;
