-- the shares of those who own a product are the whole of it
-- when: after
SELECT s.product_id, sum(s.share_percent) AS shares
FROM public.product_owner_products AS s
GROUP BY s.product_id
HAVING sum(s.share_percent) <> 100
