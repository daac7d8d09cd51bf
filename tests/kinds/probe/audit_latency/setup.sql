CREATE TABLE accounts (id int PRIMARY KEY, owner text NOT NULL);
INSERT INTO accounts SELECT n, 'owner ' || n FROM generate_series(1, 100) AS n;
CREATE TABLE trail (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE parted (what text NOT NULL) PARTITION BY LIST (what);
CREATE TABLE parted_update PARTITION OF parted DEFAULT;
CREATE FUNCTION write_trail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD IS DISTINCT FROM NEW THEN
        INSERT INTO trail (what) VALUES (TG_OP);
        INSERT INTO parted VALUES (TG_OP);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION write_trail();
CREATE TABLE plain (id int PRIMARY KEY);
CREATE FUNCTION write_slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_sleep(0.03);
    INSERT INTO trail (what) VALUES (TG_OP);
    RETURN NULL;
END $$;
CREATE TABLE slow (id int PRIMARY KEY);
CREATE TRIGGER slow_audit AFTER INSERT ON slow FOR EACH ROW EXECUTE FUNCTION write_slowly();
