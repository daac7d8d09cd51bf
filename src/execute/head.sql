SELECT seq, row_hash FROM :"schema".:"log" ORDER BY seq DESC LIMIT 1
