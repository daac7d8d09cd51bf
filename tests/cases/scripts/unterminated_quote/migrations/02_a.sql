CREATE TABLE a (i int);
INSERT INTO a
  VALUES ('one);
