-- a national insurance number that is encrypted has bytes that no text has; of 32 by chance all but one in 2^32 do
SELECT o.id
FROM public.product_owners AS o
WHERE encode(o.national_insurance_number_enc, 'escape') !~ '[\\][0-7]{3}'
