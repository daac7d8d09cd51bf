DO $body$
BEGIN
END $boody$;
