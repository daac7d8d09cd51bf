UPDATE t SET a = -a WHERE id = 4;
