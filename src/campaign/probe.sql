-- Which of these values the server reads as which types: each as its number, the value as SQL, and the type.
CREATE FUNCTION pg_temp.is_read(value text, type text) RETURNS boolean LANGUAGE plpgsql AS $function$
BEGIN
    EXECUTE pg_catalog.format('SELECT (%s)::%s', value, type);
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END;
$function$;
SELECT v.number FROM (VALUES :candidates) AS v (number, value, type) WHERE pg_temp.is_read(v.value, v.type) ORDER BY v.number
