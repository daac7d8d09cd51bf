-- the market value of a holding is its units times the unit price, rounded to the penny
SELECT h.id, h.units, h.unit_price, h.market_value
FROM public.holdings AS h
WHERE h.market_value <> round(h.units * h.unit_price, 2)
