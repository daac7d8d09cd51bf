UPDATE b SET v = 0 WHERE id = 3;
