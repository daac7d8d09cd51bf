-- The phone of a profile may change; its postcode may not.
UPDATE public.profiles SET postcode = lower(postcode) WHERE user_id = 6;
