-- refused: the quote never closes
select 1;
select 'two;
select 3;
