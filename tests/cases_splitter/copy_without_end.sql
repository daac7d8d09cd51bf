-- refused: the data has no end
copy two from stdin;
1	x
