-- The rows of one table in one order, as the client hashes them.
COPY (SELECT :outputs FROM :source AS r :order) TO STDOUT (FORMAT binary)
