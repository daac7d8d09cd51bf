UPDATE t SET a = sets_other(5) WHERE id = 5;
