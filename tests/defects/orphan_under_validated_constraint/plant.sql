-- Owner 180 exists, in another client group: an orphan of the composite foreign key, which stays marked validated.
UPDATE public.products SET primary_owner_id = 180 WHERE id = 3;
