-- the value of a holding is its units times its price
-- severity: warn
-- sample: 1
-- redact: owner

SELECT h.id, h.value, h.owner   -- ; not the end
FROM public.holdings AS h
WHERE h.value <> h.units * h.price
ORDER BY h.id;
