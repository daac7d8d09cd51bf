-- Rows that live on below a parent that is marked as deleted.
(:live) AND EXISTS (SELECT FROM :parent AS p WHERE :matches AND (:deleted))
