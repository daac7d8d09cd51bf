-- Rows that are also in another table.
EXISTS (SELECT FROM :other AS p WHERE :matches AND (:other_filter))
