-- refused: Latin-1
select 'ä';
