UPDATE parent SET code = 'c4 new' WHERE id = 4;
