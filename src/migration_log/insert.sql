INSERT INTO :"schema".:"log" (:columns) VALUES (:values)
