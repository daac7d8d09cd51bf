-- phasegate: changes data public.accounts (balance)
-- phasegate: inserts public.reserves
-- phasegate: adds table public.fees
-- phasegate: moves sum public.accounts.balance -> public.reserves.amount + public.fees.fee
CREATE TABLE public.fees (id int PRIMARY KEY, fee numeric);
UPDATE public.accounts SET balance = balance - 20;
INSERT INTO public.reserves VALUES (2, 90);
INSERT INTO public.fees VALUES (1, 10.00);
