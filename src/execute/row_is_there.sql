SELECT EXISTS (SELECT FROM :"schema".:"log" WHERE seq = :'seq' AND row_hash = :'hash') AS there
