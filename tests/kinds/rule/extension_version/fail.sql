DROP EXTENSION amcheck;
UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'plpgsql';
