-- Rows of a child that point at no parent. NOT EXISTS and never NOT IN: with one NULL among the parents NOT IN finds nothing.
NOT EXISTS (SELECT FROM :parent AS p WHERE :matches) AND (:asked)
