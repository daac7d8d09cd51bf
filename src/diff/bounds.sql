-- The least and the greatest value of an integer key, by its index.
SELECT min(:column) AS least, max(:column) AS greatest FROM :source
