UPDATE public.accounts SET balance = balance - 0.01 WHERE id = 1;
