-- The hashes of the rows that are still in question, and where each row lies.
COPY (SELECT x.k, x.h, x.t FROM (:rows) AS x WHERE :restriction) TO STDOUT (FORMAT binary)
